/** What something thrown says, whatever it is: looking at it may throw. */
import { PayloadError } from './errors.ts';

/** The shortest part of a JSON text is a character and what divides it from the next. */
const PART_LENGTH = 2;
/** Of all texts in a value that is looked at to be written, times its limit. */
const TEXTS = 16;
/** Of a thrown value that is no error, more is not written. */
const SHOWN_LENGTH = 65_536;
/** Characters of what an error says. */
export const THROWN_TEXT_LENGTH = 8_192;

/** Whether it is an error, also one of another realm. */
export function isError(thrown: unknown): thrown is Error {
  if (typeof thrown !== 'object' || thrown === null) return false;
  try {
    if (thrown instanceof Error) return true;
    const tag = Object.prototype.toString.call(thrown);
    if (tag === '[object Error]' || tag === '[object DOMException]') return true;
    return ['name', 'message', 'stack'].every((key) => textOf(thrown, key) !== undefined);
  } catch {
    return false;
  }
}

export function fieldOf(value: object, key: string): unknown {
  try {
    return Reflect.get(value, key);
  } catch {
    return undefined;
  }
}

export function textOf(value: object, key: string): string | undefined {
  const field = fieldOf(value, key);
  return typeof field === 'string' ? field : undefined;
}

/** A thrown value that is no error, as a text. */
export function showThrown(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  try {
    return writeWithin(thrown, SHOWN_LENGTH) ?? String(thrown);
  } catch {
    return typeof thrown === 'bigint' ? String(thrown) : `a value of type ${typeof thrown}`;
  }
}

export function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length - limit} more characters)`;
}

/** One object in very many places is written as often: a small graph could become gigabytes. @throws PayloadError */
export function writeWithin(value: unknown, limit: number): string | undefined {
  let parts = limit / PART_LENGTH + 1;
  let texts = limit * TEXTS;
  return JSON.stringify(value, (_name, part: unknown) => {
    parts -= 1;
    if (typeof part === 'string') texts -= part.length;
    if (parts < 0 || texts < 0) throw new PayloadError(`data has far more than ${limit} characters`);
    return part;
  });
}

/** What something thrown says. */
export function messageOf(thrown: unknown): string {
  const text = isError(thrown)
    ? (textOf(thrown, 'message') ?? 'its message cannot be read')
    : showThrown(thrown);
  return clip(text, THROWN_TEXT_LENGTH);
}

/** Something thrown, as an error. */
export function errorOf(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(messageOf(thrown));
}
