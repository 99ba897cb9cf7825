/** A unit of systemd, as far as docs/deploying.md writes one. */
import { hostname } from 'node:os';

/** The keys of all sections with their values, continued lines joined. */
export function readUnit(text: string): ReadonlyMap<string, string> {
  const lines = text.replace(/ *\\\n */g, ' ').matchAll(/^(\w+)=(.*)$/gm);
  return new Map([...lines].map(([, key = '', value = '']) => [key, value]));
}

/** @param instance what stands behind the `@` of its name */
export function commandOf(unit: ReadonlyMap<string, string>, instance = ''): readonly string[] {
  const line = unit.get('ExecStart') ?? '';
  return line.replaceAll('%i', instance).replaceAll('%H', hostname()).split(' ');
}
