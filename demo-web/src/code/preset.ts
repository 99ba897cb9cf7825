import type { ShownCall } from '../call/call.ts';
import type { Calling, CallSettings } from '../options/options.ts';

/** A number in the code that can be changed where it stands. */
export interface Field {
  readonly label: string;
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

/** A call that is one click away, and the code that makes it. */
export interface Preset {
  readonly name: string;
  readonly words: string;
  readonly fields: readonly Field[];
  /** The line with the fields: one piece before each, one after the last. */
  readonly line: (calling: Calling) => readonly string[];
  /** What a reader writes before it, and after it. */
  readonly before?: readonly string[];
  readonly rest: readonly string[];
  readonly call: (code: string, options: CallSettings, ...values: readonly number[]) => ShownCall;
}

const HEAD = [
  "import { Celeriac } from '@celeriac/client';",
  "import type * as tasks from './tasks';",
  '',
  'const app = new Celeriac<typeof tasks>({ url: location.origin });',
];

/** The whole program, ready to be copied. */
export function programOf(line: string, { before = [], rest }: Pick<Preset, 'before' | 'rest'>): string {
  return [...HEAD, ...before, line, ...rest].join('\n');
}

/** The line with these values in their places. */
export function lineOf(pieces: readonly string[], values: readonly string[]): string {
  return pieces.map((piece, place) => `${piece}${values[place] ?? ''}`).join('');
}
