/** Values as JSON, both ways. Strict: what comes back is what went, or an error says where it would not be. */
import { PayloadError } from '../errors.ts';
import { VALUE_DEPTH } from '../limits.ts';
import { contentTypeOf, JSON_CONTENT_TYPE, type WirePayload } from '../payload.ts';
import { checkValue } from './check-value.ts';
import { isForbidden } from './forbidden.ts';

/**
 * Writes a value as JSON. `undefined` is the empty body, which {@link decodeValue} turns back.
 * @param what names the value in the error: "arguments of add", "result of add"
 * @param hint said after what another serializer would carry
 * @throws PayloadError as {@link checkValue}, and for what a `toJSON` of the value makes impossible
 */
export function encodeValue(value: unknown, what: string, hint = ''): string {
  if (value === undefined) return '';
  checkValue(value, what, { hint });
  let body: string | undefined;
  try {
    body = JSON.stringify(value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PayloadError(`${what} cannot be written as JSON: ${reason}`, { cause });
  }
  if (body === undefined)
    throw new PayloadError(
      `${what} cannot be written as JSON: toJSON() returned nothing that JSON can carry`,
    );
  return body;
}

/**
 * @param depth how deep the value will stand in another one
 * @throws PayloadError for a content type that is not JSON, a body that is not what its type says, is nested too deep,
 * or has a name that could reach a prototype
 */
export function decodeValue(wire: WirePayload, what: string, depth = 0): unknown {
  const contentType = contentTypeOf(wire);
  if (contentType !== JSON_CONTENT_TYPE) {
    throw new PayloadError(`${what} came as '${contentType}', expected '${JSON_CONTENT_TYPE}'`);
  }
  const body = typeof wire === 'string' ? wire : wire[1];
  if (body === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw new PayloadError(`${what} is not JSON`, { cause });
  }
  if (isSuspect(body, depth)) checkRead(value, what, depth);
  return value;
}

/** Too short to be nested too deep, and without a letter of a forbidden name: that is nearly every body. */
function isSuspect(body: string, depth: number): boolean {
  return body.length > 2 * (VALUE_DEPTH - depth) || body.includes('proto') || body.includes('\\u');
}

/** What `JSON.parse` made has no cycles, no holes and no classes. */
function checkRead(value: unknown, what: string, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth >= VALUE_DEPTH) throw new PayloadError(`${what} is nested more than ${VALUE_DEPTH} deep`);
  if (Array.isArray(value)) {
    // By index: twice as fast as an iterator over the long lists of numbers that are the worst case here.
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      if (typeof item === 'object') checkRead(item, what, depth + 1);
    }
    return;
  }
  for (const name of Object.keys(value)) {
    const item: unknown = Reflect.get(value, name);
    if (isForbidden(name, item))
      throw new PayloadError(`${what} has the name '${name}', which no value may have`);
    if (typeof item === 'object') checkRead(item, what, depth + 1);
  }
}
