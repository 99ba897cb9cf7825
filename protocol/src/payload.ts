/**
 * Values that cross the wire unread.
 *
 * Arguments, results and errors are written by the end that makes them and read by the end that uses
 * them. Nobody between parses the body, so a hostile or huge value costs the gateway nothing but bytes.
 */
import { PayloadError } from './errors.ts';

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

/** Length in UTF-16 units, the measure that every payload limit uses: exact for ASCII and cheap for the rest. */
export function payloadSize(wire: WirePayload): number {
  return typeof wire === 'string' ? wire.length : wire[0].length + wire[1].length;
}

/**
 * Writes a value as JSON. `undefined` is the empty body, which {@link decodeValue} turns back.
 * @param what names the value in the error: "arguments of add", "result of add"
 * @throws PayloadError when JSON cannot carry the value (a cycle, a BigInt, a function on its own)
 */
export function encodeValue(value: unknown, what: string): WirePayload {
  if (value === undefined) return '';
  let body: string | undefined;
  try {
    body = JSON.stringify(value);
  } catch (cause) {
    throw new PayloadError(
      `${what} cannot be written as JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
  if (body === undefined) throw new PayloadError(`${what} cannot be written as JSON: got a ${typeof value}`);
  return body;
}

/**
 * @throws PayloadError for a content type this end cannot read, or a body that is not what the type says
 */
export function decodeValue(wire: WirePayload, what: string): unknown {
  const { contentType, body } = fromWirePayload(wire);
  if (contentType !== JSON_CONTENT_TYPE) {
    throw new PayloadError(`${what} came as '${contentType}', expected '${JSON_CONTENT_TYPE}'`);
  }
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new PayloadError(`${what} is not JSON`, { cause });
  }
}
