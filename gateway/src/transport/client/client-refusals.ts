/** What a client is told when a request is refused. */
import { CeleriacError, RefusedError } from '@celeriac/protocol';
import {
  FOREIGN_WATCHES,
  FrameError,
  OPEN_FEEDS,
  OPEN_STREAMS,
  type Refusal,
  type RefusedReceipt,
} from '@celeriac/protocol/internal';
import { BUSY_RETRY_MS } from './request-queue.ts';

export function notAllowed(id: string, name: string): RefusedReceipt {
  return [id, 0, 'FORBIDDEN', `this token may not call ${name} (needs call:${name})`, null];
}

export function tooMany(id: string): RefusedReceipt {
  return [id, 0, 'OVERLOADED', 'this client has too many calls in flight', BUSY_RETRY_MS];
}

export function tooManyWatches(): RefusedError {
  return new RefusedError(
    'TOO_MANY_WATCHES',
    `a connection may watch at most ${FOREIGN_WATCHES} tasks of others at a time`,
  );
}

export function tooManyWatchesOfSubject(limit: number): RefusedError {
  return new RefusedError(
    'TOO_MANY_WATCHES',
    `this subject may watch at most ${limit} tasks of others at a time`,
  );
}

export function forbidden(what: string): RefusedError {
  return new RefusedError('FORBIDDEN', `this token may not ${what}`);
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
    `a connection may read at most ${OPEN_STREAMS} streams at a time`,
  );
}

export function tooManyFeeds(): RefusedError {
  return new RefusedError(
    'TOO_MANY_FEEDS',
    `a connection may have at most ${OPEN_FEEDS} feeds open at a time`,
  );
}
