import type { Failure } from '@celeriac/protocol';
import { describeFailure, encodeFailure, payloadSize, type WirePayload } from '@celeriac/protocol/internal';

const LAST_NAME_LENGTH = 255;
const LAST_MESSAGE_LENGTH = 1_000;

/**
 * What an error can do without, the least useful first, when it is too large to travel whole. Never its code: that
 * decides which error the caller gets.
 */
const SLIMMED: readonly ((failure: Failure) => Failure)[] = [
  (whole) => whole,
  ({ errors: _errors, cause: _cause, ...rest }) => rest,
  ({ errors: _errors, cause: _cause, data: _data, ...rest }) => rest,
  ({ name, message, code }) => ({
    name: name.slice(0, LAST_NAME_LENGTH),
    message: message.slice(0, LAST_MESSAGE_LENGTH),
    ...(code === undefined || code.length > LAST_NAME_LENGTH ? {} : { code }),
  }),
];

/**
 * Writes whatever was thrown, so that it fits: a failure that is too large to report would be no failure at all.
 * @param limit in UTF-16 units; the last resort, a name and a short message, may be above a very small one
 */
export function failurePayload(thrown: unknown, limit: number): WirePayload {
  const failure = describeFailure(thrown);
  let payload: WirePayload = '';
  for (const slim of SLIMMED) {
    payload = encodeFailure(slim(failure));
    if (payloadSize(payload) <= limit) break;
  }
  return payload;
}
