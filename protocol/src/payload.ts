/**
 * Values that cross the wire unread.
 *
 * Arguments, results and errors are written by the end that makes them and read by the end that uses
 * them. Nothing on the way parses the body, so a hostile or huge value costs the gateway nothing but bytes.
 */

/** One of JSON is its bare body: nearly every payload is, and the label costs more than the body. */
export type WirePayload = string | readonly [contentType: string, body: string];

export const JSON_CONTENT_TYPE = 'application/json';

/** What wrote a payload. */
export function contentTypeOf(wire: WirePayload): string {
  return typeof wire === 'string' ? JSON_CONTENT_TYPE : wire[0];
}

/** Length in UTF-16 units, the measure that every payload limit uses: exact for ASCII and cheap for the rest. */
export function payloadSize(wire: WirePayload): number {
  return typeof wire === 'string' ? wire.length : wire[0].length + wire[1].length;
}
