import type { Flag } from './flag.ts';
import { readSwitch } from './readers.ts';

/** @param prints what a command prints with it */
export function jsonFlag(prints: string): Flag<boolean> {
  return { flag: 'json', help: `print ${prints}`, default: false, parse: readSwitch };
}
