/** Why a call is not accepted, in words. */
import {
  IdConflictError,
  KeyRequiredError,
  NotAcceptedError,
  PayloadError,
  QueueNotFound,
  RefusedError,
} from '@celeriac/protocol';
import type { PendingSubmit } from './pending-submits.ts';

/** @param limit in bytes */
export function outboxFull(id: string, limit: number): NotAcceptedError {
  const cause = new RefusedError(
    'OUTBOX_FULL',
    `calls of ${Math.round(limit / 1024 / 1024)} MB wait for their receipt, which is the limit of this app (outboxLimit); await app.drained() before making more`,
  );
  return new NotAcceptedError(id, false, `call ${id} was not sent: ${cause.message}`, { cause });
}

export function refuseTooLarge(name: string, bytes: number, limit: number): PayloadError {
  return new PayloadError(
    `call ${name} has ${bytes} bytes with its arguments, options and links, the limit is ${limit}`,
  );
}

export function refusedCall(id: string, refusal: RefusedError): Error {
  if (refusal.code === 'ID_CONFLICT') return new IdConflictError(id, refusal.message);
  if (refusal.code === 'QUEUE_NOT_FOUND') return new QueueNotFound(refusal.message);
  if (refusal.code === 'KEY_REQUIRED') return new KeyRequiredError(refusal.message);
  return new NotAcceptedError(id, false, `call ${id} was refused (${refusal.code}): ${refusal.message}`, {
    cause: refusal,
  });
}

/** The gateway will not let this app in. @param sent whether it was, and no receipt came */
export function refusedForGood(id: string, sent: boolean, reason: Error): NotAcceptedError {
  const fact = sent ? 'it was sent, no receipt came' : 'it was not sent';
  return new NotAcceptedError(id, sent, `call ${id} was not accepted: ${fact} (${reason.message})`, {
    cause: reason,
  });
}

/** @param trouble why the connection is not open, if it is not */
export function notConfirmed(
  submission: PendingSubmit,
  afterMs: number,
  trouble: Error | null,
): NotAcceptedError {
  const { call, pending, refusal } = submission;
  const cause = refusal !== undefined && !pending ? refusal : trouble;
  const fact = pending
    ? 'it was sent, no receipt came'
    : refusal === undefined
      ? 'it was never sent'
      : 'it was refused';
  const why = cause === null ? '' : ` (${cause.message})`;
  return new NotAcceptedError(
    call.id,
    pending,
    `call ${call.id} was not accepted within ${afterMs / 1000} s: ${fact}${why}`,
    cause === null ? {} : { cause },
  );
}

/** Of a call that is not tried (any) more. @param trouble why the connection is not open */
export function notReached({ call, pending, tries }: PendingSubmit, trouble: Error | null): NotAcceptedError {
  const fact = pending ? 'it was sent, no receipt came' : 'no gateway was reached';
  const why = trouble === null ? '' : ` (${trouble.message})`;
  return new NotAcceptedError(
    call.id,
    pending,
    `call ${call.id} was not accepted in ${tries} ${tries === 1 ? 'try' : 'tries'}: ${fact}${why}`,
    trouble === null ? {} : { cause: trouble },
  );
}
