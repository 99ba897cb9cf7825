import { DEFAULT_OPTIONS, type ResolvedOptions } from '@celeriac/protocol';

/** Options are shared by all tasks of a definition: their text is made once per object. */
const texts = new WeakMap<ResolvedOptions, string | null>([[DEFAULT_OPTIONS, null]]);

/** What differs from the defaults; `null` when nothing does. */
export function toOptionsText(options: ResolvedOptions): string | null {
  let text = texts.get(options);
  if (text === undefined) {
    const defaults: Readonly<Record<string, unknown>> = { ...DEFAULT_OPTIONS };
    const own = Object.entries(options).filter(
      ([name, value]) => value !== undefined && value !== defaults[name],
    );
    text = own.length === 0 ? null : JSON.stringify(Object.fromEntries(own));
    texts.set(options, text);
  }
  return text;
}

/** Tasks read in a row mostly share their options: with the last ones kept, they share the object as well. */
let last: readonly [text: string, options: ResolvedOptions] | undefined;

export function fromOptionsText(text: string | null): ResolvedOptions {
  if (text === null) return DEFAULT_OPTIONS;
  if (last?.[0] !== text) {
    last = [text, { ...DEFAULT_OPTIONS, ...(JSON.parse(text) as Partial<ResolvedOptions>) }];
  }
  return last[1];
}
