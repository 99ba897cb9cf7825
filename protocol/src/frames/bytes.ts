/** How many bytes things take in a frame: as JSON, in UTF-8. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `\b`, `\t`, `\n`, `\f` and `\r` have short forms; other control characters take six bytes. */
const SHORT_ESCAPES = (1 << 8) | (1 << 9) | (1 << 10) | (1 << 12) | (1 << 13);

/** Bytes of a text in UTF-8, as it is. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    // Of a pair's four bytes each half is two.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
    if (unit >= 0xd800 && unit < 0xe000 && !isPaired(text, at)) bytes += 1;
  }
  return bytes;
}

/** Bytes of a text in a frame, its quotes and what must be escaped included. */
export function textBytes(text: string): number {
  let bytes = text.length + 2;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) {
      if (unit === QUOTE || unit === BACKSLASH) bytes += 1;
      else if (unit < 0x20) bytes += (SHORT_ESCAPES >> unit) & 1 ? 1 : 5;
    } else if (unit < 0x800) bytes += 1;
    else if (unit < 0xd800 || unit >= 0xe000) bytes += 2;
    else bytes += isPaired(text, at) ? 1 : 5;
  }
  return bytes;
}

/** A half without its other one is escaped: `\ud800`. */
function isPaired(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  if (unit < 0xdc00) {
    const next = text.charCodeAt(at + 1);
    return next >= 0xdc00 && next < 0xe000;
  }
  const last = text.charCodeAt(at - 1);
  return last >= 0xd800 && last < 0xdc00;
}

/** Bytes of a value in a frame: those of `JSON.stringify(value)`, never less, and more by a few where it has fractions. */
export function jsonBytes(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return textBytes(value);
    case 'number':
      return numberBytes(value);
    case 'boolean':
      return value ? 4 : 5;
    case 'object':
      return value === null ? 4 : Array.isArray(value) ? listBytes(value) : objectBytes(value);
    default:
      return 4;
  }
}

/** With a comma for each item. */
function listBytes(items: readonly unknown[]): number {
  let bytes = 2;
  for (const item of items) bytes += jsonBytes(item) + 1;
  return bytes;
}

function objectBytes(fields: object): number {
  let bytes = 2;
  for (const [key, value] of Object.entries(fields))
    if (value !== undefined) bytes += textBytes(key) + jsonBytes(value) + 2;
  return bytes;
}

/** The longest that a number is written: `-1.2345678901234567e-300`. */
const LONGEST_NUMBER = 25;

function numberBytes(value: number): number {
  if (!Number.isSafeInteger(value)) return LONGEST_NUMBER;
  let bytes = value < 0 ? 2 : 1;
  for (let rest = Math.abs(value); rest >= 10; rest /= 10) bytes += 1;
  return bytes;
}
