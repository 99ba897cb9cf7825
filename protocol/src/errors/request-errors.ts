/** Why a call or another request came to nothing. */
import { conflictText } from '../call-difference.ts';
import { CeleriacError } from './celeriac-error.ts';
import { REFUSAL_CODES, type RefusalCode } from './codes.ts';

/**
 * The call was not accepted: refused by the gateway (the RefusedError that says why is the `cause`), or not confirmed within
 * `acceptTimeout`.
 */
export class NotAcceptedError extends CeleriacError {
  override readonly name: string = 'NotAcceptedError';
  declare readonly code: 'NOT_ACCEPTED';
  /** The call's own id. */
  readonly taskId: string;
  /** Whether it was accepted is unknown: it was sent, and no receipt came. */
  readonly indeterminate: boolean;
  constructor(taskId: string, indeterminate: boolean, message: string, because?: ErrorOptions) {
    super('NOT_ACCEPTED', message, because);
    this.taskId = taskId;
    this.indeterminate = indeterminate;
  }
}

/** The gateway has been unreachable for `giveUpAfter`. A task that it accepted may have ended in the meantime. */
export class GatewayUnreachableError extends CeleriacError {
  override readonly name: string = 'GatewayUnreachableError';
  declare readonly code: 'GATEWAY_UNREACHABLE';
  /** `null` where the question was about no task. */
  readonly taskId: string | null;
  constructor(taskId: string | null, afterMs: number, because?: ErrorOptions) {
    const about = taskId === null ? '' : `task ${taskId}: `;
    super('GATEWAY_UNREACHABLE', `${about}the gateway has been unreachable for ${afterMs / 1000} s`, because);
    this.taskId = taskId;
  }
}

/**
 * The id is taken: by a task with another name, other arguments or other options, which its message names where the caller may
 * know; or by a task that somebody else called.
 */
export class IdConflictError extends CeleriacError {
  override readonly name: string = 'IdConflictError';
  declare readonly code: 'ID_CONFLICT';
  /** The id that is taken. */
  readonly taskId: string;
  /** @param message says what differs, where that may be told */
  constructor(taskId: string, message: string = conflictText(taskId)) {
    super('ID_CONFLICT', message);
    this.taskId = taskId;
  }
}

/** The gateway does not create queues on first use, and there is no queue of this name. */
export class QueueNotFound extends CeleriacError {
  override readonly name: string = 'QueueNotFound';
  declare readonly code: 'QUEUE_NOT_FOUND';
  constructor(message: string) {
    super('QUEUE_NOT_FOUND', message);
  }
}

/** The task has a limit for each key, and the call has no `concurrencyKey`. */
export class KeyRequiredError extends CeleriacError {
  override readonly name: string = 'KeyRequiredError';
  declare readonly code: 'KEY_REQUIRED';
  constructor(message: string) {
    super('KEY_REQUIRED', message);
  }
}

/** The gateway refused a request, or this process refused it in its place. */
export class RefusedError extends CeleriacError {
  override readonly name: string = 'RefusedError';
  declare readonly code: RefusalCode;
  /** When it makes sense to ask again, in milliseconds; `null` when it does not. */
  readonly retryAfterMs: number | null;
  constructor(code: RefusalCode, message: string, retryAfterMs: number | null = null) {
    super(code, message);
    this.retryAfterMs = retryAfterMs;
  }

  /** What a gateway said, which may be a newer one: a code that is not known here becomes `'REFUSED'`, and stands in the message. */
  static of(said: {
    readonly code: string;
    readonly message: string;
    readonly retryAfterMs?: number | null | undefined;
  }): RefusedError {
    const code = REFUSAL_CODES.find((known) => known === said.code);
    const message = code === undefined ? `${said.code}: ${said.message}` : said.message;
    return new RefusedError(code ?? 'REFUSED', message, said.retryAfterMs);
  }
}

/** The app or the connection was closed during the wait. */
export class ClosedError extends CeleriacError {
  override readonly name: string = 'ClosedError';
  declare readonly code: 'CLOSED';
  constructor(message: string) {
    super('CLOSED', message);
  }
}
