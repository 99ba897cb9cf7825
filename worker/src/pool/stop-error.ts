import { type AbortSource, limitError } from '@celeriac/client/hosting';
import { TaskRevokedError } from '@celeriac/protocol';
import type { Assignment } from '@celeriac/protocol/internal';
import { LeaseLostError, WorkerShutdownError } from '../errors.ts';
import type { StopReason } from './pool.ts';

/**
 * Asks a body to stop, or the handlers after it, as far as one in this very event loop can be asked. What was meant for a body
 * and comes after its end is too late: its outcome is told.
 */
export function askToStop(abort: AbortSource, reason: StopReason, assignment: Assignment): void {
  if (abort.renewed && reason !== 'handler-limit' && reason !== 'shutdown') return;
  const error = stopError(reason, assignment);
  if (reason === 'soft-limit' || reason === 'handler-limit') abort.ask(error);
  else abort.abort(error);
}

/** What the signal of a body carries, and what a run that was too long fails with. */
export function stopError(reason: StopReason, assignment: Assignment): Error {
  switch (reason) {
    case 'revoked':
      return new TaskRevokedError('revoked');
    case 'lease-lost':
      return new LeaseLostError();
    case 'shutdown':
      return new WorkerShutdownError();
    case 'soft-limit':
      return limitError('soft', assignment);
    case 'time-limit':
      return limitError('hard', assignment);
    case 'handler-limit':
      return limitError('handlers', assignment);
  }
}
