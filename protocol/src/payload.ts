/**
 * Values that cross the wire unread.
 *
 * Arguments, results and errors are written by the end that makes them and read by the end that uses
 * them. Nobody between parses the body, so a hostile or huge value costs the gateway nothing but bytes.
 */
export interface Payload {
  /** What wrote the body: `application/json` unless the caller chose another serializer. */
  readonly contentType: string;
  readonly body: string;
}

/** On the wire a JSON payload is its bare body: nearly every payload is, and the label costs more than the body. */
export type WirePayload = string | readonly [contentType: string, body: string];

export const JSON_CONTENT_TYPE = 'application/json';

export function toWirePayload(payload: Payload): WirePayload {
  return payload.contentType === JSON_CONTENT_TYPE ? payload.body : [payload.contentType, payload.body];
}

export function fromWirePayload(wire: WirePayload): Payload {
  return typeof wire === 'string'
    ? { contentType: JSON_CONTENT_TYPE, body: wire }
    : { contentType: wire[0], body: wire[1] };
}

/** What wrote a payload. */
export function contentTypeOf(wire: WirePayload): string {
  return typeof wire === 'string' ? JSON_CONTENT_TYPE : wire[0];
}

/** Length in UTF-16 units, the measure that every payload limit uses: exact for ASCII and cheap for the rest. */
export function payloadSize(wire: WirePayload): number {
  return typeof wire === 'string' ? wire.length : wire[0].length + wire[1].length;
}
