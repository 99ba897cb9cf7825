/** What a worker is told before its connection is closed, and the close code. */
import { CeleriacError } from '@celeriac/protocol';
import { CLOSE, type WorkerRefusal } from '@celeriac/protocol/internal';
import { NameTakenError } from '../../core/name-claim.ts';

const CLOSE_CODES: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: CLOSE.unauthenticated,
  TOKEN_EXPIRED: CLOSE.unauthenticated,
  TOKEN_REVOKED: CLOSE.unauthenticated,
  FORBIDDEN: CLOSE.forbidden,
  UNSUPPORTED_PROTOCOL: CLOSE.unsupportedProtocol,
  SLOW_READER: CLOSE.slowReader,
  NAME_TAKEN: CLOSE.nameTaken,
};

/** @param error anything that was thrown; unknown errors are only logged */
export function toWorkerRefusal(error: unknown): WorkerRefusal {
  if (!(error instanceof CeleriacError))
    return { code: 'OVERLOADED', message: 'the gateway could not do this; its log says why' };
  const { code, message } = error;
  if (!(error instanceof NameTakenError)) return { code, message };
  const { retryAfterMs, holder } = error;
  return {
    code,
    message,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
    ...(holder === null ? {} : { holder }),
  };
}

export function closeCodeOf({ code }: WorkerRefusal): number {
  return CLOSE_CODES[code] ?? CLOSE.badFrame;
}
