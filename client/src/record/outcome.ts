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

/** What of a task its outcome is read from. */
interface Told extends Pick<Facts, 'state' | 'body' | 'gone'> {
  readonly id: string;
  readonly name: string | null;
  readonly facts: Facts;
}

export function readTaskOutcome(told: Told, { errors, serializers }: Reading): ReadOutcome {
  switch (told.state) {
    case 'SUCCESS':
      return told.gone ? NONE : readValue(told, serializers);
    case 'REVOKED':
      return readError(told, errors) ?? asError(new TaskRevokedError(lastReason(told.facts)));
    case 'FAILURE':
    case 'RETRY':
      return readError(told, errors) ?? NONE;
    default:
      return NONE;
  }
}

function readValue({ id, name, body }: Told, serializers: Reading['serializers']): ReadOutcome {
  try {
    return { kind: 'value', value: serializers.decode(body ?? '', `result of ${name ?? `task ${id}`}`) };
  } catch (error) {
    return asError(errorOf(error));
  }
}

function readError({ body }: Told, registered: ErrorRegistry): ReadOutcome | undefined {
  if (body === null) return undefined;
  const failure = decodeFailure(body);
  return { kind: 'error', error: rebuildError(failure, registered), traceback: failure.traceback };
}

function asError(error: Error): ReadOutcome {
  return { kind: 'error', error, traceback: error.stack };
}

function lastReason(facts: Facts): string {
  return facts.lastLine?.entry[1] ?? 'revoked';
}
