/** What a task's body means: a value, or an error. Read only when somebody looks. */
import {
  decodeFailure,
  decodeValue,
  type ErrorRegistry,
  rebuildError,
  TaskRevokedError,
} from '@celeriac/protocol';
import type { Facts } from './facts.ts';

export type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: Error; readonly traceback: string | undefined };

const NONE: Outcome = { kind: 'none' };

export function readOutcome(facts: Facts, label: string, registered: ErrorRegistry): Outcome {
  switch (facts.state) {
    case 'SUCCESS':
      return facts.gone ? NONE : readValue(facts, label);
    case 'REVOKED':
      return readError(facts, registered) ?? asError(new TaskRevokedError(lastReason(facts)));
    case 'FAILURE':
    case 'RETRY':
      return readError(facts, registered) ?? NONE;
    default:
      return NONE;
  }
}

function readValue(facts: Facts, label: string): Outcome {
  try {
    return { kind: 'value', value: decodeValue(facts.body ?? '', `result of ${label}`) };
  } catch (error) {
    return asError(error instanceof Error ? error : new Error(String(error)));
  }
}

function readError(facts: Facts, registered: ErrorRegistry): Outcome | undefined {
  if (facts.body === null) return undefined;
  const failure = decodeFailure(facts.body);
  return { kind: 'error', error: rebuildError(failure, registered), traceback: failure.traceback };
}

function asError(error: Error): Outcome {
  return { kind: 'error', error, traceback: error.stack };
}

function lastReason(facts: Facts): string {
  return facts.lastLine?.entry[1] ?? 'revoked';
}
