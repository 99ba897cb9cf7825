import { type Flag, toggle } from './flag.ts';

/** @param prints what a command prints with it */
export function jsonFlag(prints: string): Flag<boolean> {
  return toggle('json', `print ${prints}`);
}
