import type { WirePayload } from '@celeriac/protocol';

/**
 * SQLite keeps UTF-8, which has no place for half a surrogate pair; JavaScript strings may hold one. Such a text
 * is stored as JSON, which escapes it; so is one that begins with a quote, which keeps the two forms apart.
 */
const HALF_PAIR = /\p{Surrogate}/u;

function isStorable(text: string): boolean {
  return !HALF_PAIR.test(text);
}

/** One text for each string, so that equal strings stay equal and others stay different. */
export function toText(value: string): string {
  return value.startsWith('"') || !isStorable(value) ? JSON.stringify(value) : value;
}

export function fromText(text: string): string {
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
