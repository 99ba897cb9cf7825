/** What of a task is written as text: strings, payloads, options and where it comes from. */
import { DEFAULT_OPTIONS, type ResolvedOptions, type WirePayload } from '@celeriac/protocol/internal';
import type { StoredTask } from '../../core/record.ts';

/**
 * SQLite keeps UTF-8, which has no place for half a surrogate pair; JavaScript strings may hold one. Such a text
 * is stored as JSON, which escapes it; so is one that begins with a quote, which keeps the two forms apart.
 */
const HALF_PAIR = /\p{Surrogate}/u;

function isStorable(text: string): boolean {
  return !HALF_PAIR.test(text);
}

/** One text for each string, so that equal strings stay equal and others stay different. */
export function toStoredText(value: string): string {
  return value.startsWith('"') || !isStorable(value) ? JSON.stringify(value) : value;
}

export function fromStoredText(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}

/** How a payload is written: its bare body, or, when that says too little or cannot be stored, all of it as JSON. */
export const BARE = 0;
export const WHOLE = 1;
export type Form = typeof BARE | typeof WHOLE;

export function formOf(payload: WirePayload): Form {
  return typeof payload === 'string' && isStorable(payload) ? BARE : WHOLE;
}

export function toBody(payload: WirePayload, form: Form): string {
  return form === BARE && typeof payload === 'string' ? payload : JSON.stringify(payload);
}

export function fromBody(text: string, form: Form): WirePayload {
  return form === BARE ? text : (JSON.parse(text) as WirePayload);
}

/** Options are shared by all tasks of a definition: their text is made once per object. */
const texts = new WeakMap<ResolvedOptions, string | null>([[DEFAULT_OPTIONS, null]]);

/** What differs from the defaults; `null` when nothing does. */
export function toOptionsText(options: ResolvedOptions): string | null {
  let text = texts.get(options);
  if (text === undefined) {
    text = textOf(options);
    texts.set(options, text);
  }
  return text;
}

const DEFAULTS: Readonly<Record<string, unknown>> = { ...DEFAULT_OPTIONS };

/** A plain loop: a call with options of its own brings an object of its own, and lists of pairs cost it 3 µs. */
function textOf(options: ResolvedOptions): string | null {
  const values: Readonly<Record<string, unknown>> = { ...options };
  let own = '';
  for (const name in values) {
    const value = values[name];
    if (value === undefined || value === DEFAULTS[name]) continue;
    own += `${own === '' ? '{' : ','}"${name}":${JSON.stringify(value)}`;
  }
  return own === '' ? null : `${own}}`;
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

/** Where a task comes from: whose child it is, and what the tasks before it left for it. Most come from nowhere. */
export type Origin = Pick<StoredTask, 'lineage' | 'prepend'>;

type OriginText =
  | readonly [rootId: string, parentId: string, ...prepend: WirePayload[]]
  | readonly [rootId: null, parentId: null, ...prepend: WirePayload[]];

const NOWHERE: Origin = { lineage: null, prepend: [] };

/** `null` when there is nothing to tell. */
export function toOriginText({ lineage, prepend }: Origin): string | null {
  if (lineage === null && prepend.length === 0) return null;
  const origin: OriginText =
    lineage === null ? [null, null, ...prepend] : [lineage.rootId, lineage.parentId, ...prepend];
  return JSON.stringify(origin);
}

export function fromOriginText(text: string | null): Origin {
  if (text === null) return NOWHERE;
  const [rootId, parentId, ...prepend] = JSON.parse(text) as OriginText;
  return { lineage: rootId === null ? null : { rootId, parentId }, prepend };
}
