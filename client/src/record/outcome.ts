/** What a task's body means: a value, or an error. Read only when somebody looks. */

import { TaskRevokedError } from '@celeriac/protocol';
import { decodeFailure, errorOf, rebuildError } from '@celeriac/protocol/calling';
import type { ErrorRegistry } from '@celeriac/protocol/internal';
import type { HostedSerializers } from '../hosting.ts';
import type { Facts } from './facts.ts';

export type ReadOutcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: Error; readonly traceback: string | undefined };

/** What an app reads bodies with. */
export interface Reading {
  /** Error classes that are rebuilt as themselves. */
  readonly errors: ErrorRegistry;
  readonly serializers: Pick<HostedSerializers, 'decode'>;
}

const NONE: ReadOutcome = { kind: 'none' };

export function outcomeOfFacts(facts: Facts, label: string, { errors, serializers }: Reading): ReadOutcome {
  switch (facts.state) {
    case 'SUCCESS':
      return facts.gone ? NONE : readValue(facts, label, serializers);
    case 'REVOKED':
      return readError(facts, errors) ?? asError(new TaskRevokedError(lastReason(facts)));
    case 'FAILURE':
    case 'RETRY':
      return readError(facts, errors) ?? NONE;
    default:
      return NONE;
  }
}

function readValue(facts: Facts, label: string, serializers: Reading['serializers']): ReadOutcome {
  try {
    return { kind: 'value', value: serializers.decode(facts.body ?? '', `result of ${label}`) };
  } catch (error) {
    return asError(errorOf(error));
  }
}

function readError(facts: Facts, registered: ErrorRegistry): ReadOutcome | undefined {
  if (facts.body === null) return undefined;
  const failure = decodeFailure(facts.body);
  return { kind: 'error', error: rebuildError(failure, registered), traceback: failure.traceback };
}

function asError(error: Error): ReadOutcome {
  return { kind: 'error', error, traceback: error.stack };
}

function lastReason(facts: Facts): string {
  return facts.lastLine?.entry[1] ?? 'revoked';
}
