/** Guards for payloads that a worker sends, where one that is too large is to cost its own attempt only. */
import { MAX_DURATION_MS } from '../duration.ts';
import { encodeTooLarge } from '../failure.ts';
import { LOSS_LENGTH } from '../limits.ts';
import type { WirePayload } from '../payload.ts';
import { expected, FrameError, readFlag, readInteger, readList, readPayload, readText } from './guard.ts';
import type { Outcome } from './worker-link.ts';

/** @returns `undefined` where it is too large */
export function readFitting(value: unknown, place: string, payloadLimit: number): WirePayload | undefined {
  try {
    return readPayload(value, place, payloadLimit);
  } catch (error) {
    if (isTooLarge(error)) return undefined;
    throw error;
  }
}

/** One that is too large is a failure that says so. */
export function readFittingOutcome(value: unknown, payloadLimit: number): Outcome {
  try {
    return readOutcome(value, payloadLimit);
  } catch (error) {
    if (isTooLarge(error)) return ['failure', encodeTooLarge(error.message)];
    throw error;
  }
}

function isTooLarge(error: unknown): error is FrameError {
  return error instanceof FrameError && error.code === 'PAYLOAD_TOO_LARGE';
}

function readOutcome(value: unknown, payloadLimit: number): Outcome {
  const [kind, first, second, third, fourth, fifth] = readList(value, 'settled.outcome', 6);
  switch (kind) {
    case 'success':
      return ['success', readPayload(first, 'outcome.result', payloadLimit)];
    case 'failure':
      return ['failure', readPayload(first, 'outcome.error', payloadLimit)];
    case 'retry':
      return readRetry([first, second, third, fourth, fifth], payloadLimit);
    case 'ignored':
      return ['ignored'];
    case 'rejected':
      return [
        'rejected',
        readPayload(first, 'outcome.error', payloadLimit),
        readFlag(second, 'outcome.requeue'),
      ];
    case 'timed-out':
      return ['timed-out', readPayload(first, 'outcome.error', payloadLimit)];
    case 'lost':
      return ['lost', readText(first, 'outcome.why', LOSS_LENGTH)];
    default:
      throw expected('a known outcome', 'settled.outcome[0]', kind);
  }
}

function readRetry(fields: readonly unknown[], payloadLimit: number): Outcome {
  const [error, exhausted, countdownMs, maxRetries = 'task', args] = fields;
  return [
    'retry',
    readPayload(error, 'outcome.error', payloadLimit),
    readPayload(exhausted, 'outcome.exhausted', payloadLimit),
    countdownMs == null ? null : readInteger(countdownMs, 'outcome.countdownMs', 0, MAX_DURATION_MS),
    maxRetries === null || maxRetries === 'task'
      ? maxRetries
      : readInteger(maxRetries, 'outcome.maxRetries', 0, 1_000_000),
    args == null ? null : readPayload(args, 'outcome.args', payloadLimit),
  ];
}
