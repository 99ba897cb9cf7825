/** What a client is told that is not given what it asks for. */
import {
  CeleriacError,
  FOREIGN_WATCHES,
  FrameError,
  OPEN_FEEDS,
  OPEN_STREAMS,
  type Refusal,
  RefusedError,
  type RefusedReceipt,
} from '@celeriac/protocol';
import { BUSY_RETRY_MS } from './request-queue.ts';

export function notAllowed(id: string, name: string): RefusedReceipt {
  return [id, 0, 'FORBIDDEN', `the token does not allow to call ${name}`, null];
}

export function tooMany(id: string): RefusedReceipt {
  return [id, 0, 'OVERLOADED', 'this client has too many calls on their way', BUSY_RETRY_MS];
}

export function tooManyWatches(): RefusedError {
  return new RefusedError(
    'TOO_MANY_WATCHES',
    `at most ${FOREIGN_WATCHES} watches on tasks of others per connection`,
  );
}

export function tooManyWatchesOfSubject(limit: number): RefusedError {
  return new RefusedError('TOO_MANY_WATCHES', `at most ${limit} watches on tasks of others by this subject`);
}

export function forbidden(what: string): RefusedError {
  return new RefusedError('FORBIDDEN', `the token does not allow to ${what}`);
}

export function toRefusal(error: unknown): Refusal {
  if (error instanceof RefusedError)
    return { code: error.code, message: error.message, retryAfterMs: error.retryAfterMs };
  if (error instanceof FrameError && error.taskId !== undefined)
    return { code: error.code, message: error.message, retryAfterMs: null, ids: [error.taskId] };
  if (error instanceof CeleriacError) return { code: error.code, message: error.message, retryAfterMs: null };
  return {
    code: 'OVERLOADED',
    message: 'the gateway could not do this; its log says why',
    retryAfterMs: 1_000,
  };
}

export function tooManyStreams(): RefusedError {
  return new RefusedError(
    'TOO_MANY_STREAMS',
    `at most ${OPEN_STREAMS} streams are read at a time per connection`,
  );
}

export function tooManyFeeds(): RefusedError {
  return new RefusedError('TOO_MANY_FEEDS', `at most ${OPEN_FEEDS} feeds are open at a time per connection`);
}
