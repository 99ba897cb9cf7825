/** How something thrown becomes a {@link Failure}, by one written rule. */
import { clip, fieldOf, isError, showThrown, textOf } from './error-fields.ts';
import { FAILURE_LIMITS, type Failure, oursOf, rebuildError } from './failure.ts';
import type { WirePayload } from './payload.ts';
import { type DataLimits, membersOf, nameOf, readData, readFields, tracebackOf } from './thrown.ts';
import { encodeValue } from './values/json.ts';

/** With how deep the data of the innermost cause or member stands in what is written. */
const DATA: DataLimits = { ...FAILURE_LIMITS, depth: 2 * FAILURE_LIMITS.depth + 1 };

/** Turns whatever was thrown into data. Never throws, whatever its getters do. */
export function describeFailure(thrown: unknown): Failure {
  return describe(thrown, 0, { left: FAILURE_LIMITS.total });
}

/** What was thrown, where that is an error of this realm; else one that says the same. Never throws. */
export function toError(thrown: unknown): Error {
  try {
    if (thrown instanceof Error) return thrown;
  } catch {
    // A proxy that throws when it is looked at.
  }
  return rebuildError(describeFailure(thrown));
}

/** @param room how many more errors may be described: members may hold each other many times over */
function describe(thrown: unknown, depth: number, room: { left: number }): Failure {
  room.left -= 1;
  if (!isError(thrown)) return { name: 'Error', message: clip(showThrown(thrown), FAILURE_LIMITS.message) };
  const name = clip(nameOf(thrown), FAILURE_LIMITS.name);
  const code = textOf(thrown, 'code');
  const { data, leftOut } = dataOf(thrown, name, code);
  const traceback = tracebackOf(thrown, leftOut, FAILURE_LIMITS.traceback);
  const below = (one: unknown): Failure => describe(one, depth + 1, room);
  const cause = depth + 1 < FAILURE_LIMITS.depth ? fieldOf(thrown, 'cause') : undefined;
  const members = depth + 1 < FAILURE_LIMITS.depth ? membersOf(thrown, FAILURE_LIMITS.members) : undefined;
  return {
    name,
    message: clip(textOf(thrown, 'message') ?? 'its message cannot be read', FAILURE_LIMITS.message),
    ...(code === undefined || code.length > FAILURE_LIMITS.name ? {} : { code }),
    ...(data === undefined ? {} : { data }),
    ...(traceback === undefined ? {} : { traceback }),
    ...(cause === undefined || room.left <= 0 ? {} : { cause: below(cause) }),
    ...(members === undefined
      ? {}
      : { errors: members.flatMap((one) => (room.left > 0 ? [below(one)] : [])) }),
  };
}

/** Its fields stand for the data that it does not have. Ours say all they have to say with their code. */
function dataOf(thrown: Error, name: string, code: string | undefined): ReturnType<typeof readData> {
  const given = fieldOf(thrown, 'data');
  if (given !== undefined) return readData(given, DATA);
  return oursOf(name, code) !== undefined ? {} : { data: readFields(thrown, DATA) };
}

/** Writes a failure as a payload. */
export function encodeFailure(failure: Failure): WirePayload {
  return encodeValue(failure, 'error');
}

/** What a task fails with when its assignment, or its outcome, is too large to travel. @param message says what, and both sizes */
export function encodeTooLarge(message: string): WirePayload {
  return encodeFailure({ name: 'PayloadError', message, code: 'PAYLOAD_TOO_LARGE' });
}
