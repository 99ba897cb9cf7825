/**
 * Every error that Celeriac itself makes, and how to know one.
 *
 * Each has a literal `code`, which is what travels and what code should match on; facts are readonly
 * fields. The message says what was expected, what came, and which name.
 */
import {
  BRAND,
  type CeleriacError,
  type OptionError,
  type PayloadError,
  type UsageError,
} from './errors/celeriac-error.ts';
import type { ErrorCode, PlainErrorCode } from './errors/codes.ts';
import type {
  ClosedError,
  GatewayUnreachableError,
  IdConflictError,
  KeyRequiredError,
  NotAcceptedError,
  QueueNotFound,
  RefusedError,
} from './errors/request-errors.ts';
import type {
  MaxRetriesExceededError,
  ResultGoneError,
  SoftTimeLimitExceeded,
  StreamFullError,
  StreamGapError,
  StreamRestartedError,
  TaskRevokedError,
  TimeLimitExceeded,
  TimeoutError,
  UnknownTaskError,
  WorkerLostError,
} from './errors/task-errors.ts';

export { CeleriacError, OptionError, PayloadError, UsageError } from './errors/celeriac-error.ts';
export { type ErrorCode, type PlainErrorCode, REFUSAL_CODES, type RefusalCode } from './errors/codes.ts';
export * from './errors/request-errors.ts';
export * from './errors/task-errors.ts';

/** Celeriac's own errors, by their classes. A {@link TaskError}, which stands for a task's own error, is not one of them. */
export type AnyCeleriacError =
  | UsageError
  | OptionError
  | PayloadError
  | TimeoutError
  | UnknownTaskError
  | ResultGoneError
  | NotAcceptedError
  | GatewayUnreachableError
  | IdConflictError
  | QueueNotFound
  | KeyRequiredError
  | RefusedError
  | ClosedError
  | StreamFullError
  | StreamGapError
  | StreamRestartedError
  | TaskRevokedError
  | WorkerLostError
  | TimeLimitExceeded
  | SoftTimeLimitExceeded
  | MaxRetriesExceededError
  | (CeleriacError & { readonly code: PlainErrorCode });

/** The error, or errors, of a code. */
export type CeleriacErrorOf<Code extends ErrorCode, Each = AnyCeleriacError> = Each extends {
  readonly code: infer Its;
}
  ? [Extract<Its, Code>] extends [never]
    ? never
    : [Its] extends [Code]
      ? Each
      : Each & { readonly code: Extract<Its, Code> }
  : never;

/**
 * Whether this is one of Celeriac's own errors and, if a code is given, has that code. Errors of another copy of the package or
 * of another realm count too. An error of your own with the same code does not, also not as a {@link TaskError}. Neither does what
 * `structuredClone()` or `postMessage()` makes of one: they keep its name and message, but not its code. Never throws,
 * whatever it is given.
 *
 * @example
 * try {
 *   await res.get({ timeout: 10 });
 * } catch (error) {
 *   if (isCeleriacError(error, 'TIMEOUT')) show(error.waiting);
 *   else if (isCeleriacError(error)) switch (error.code) { case 'TASK_REVOKED': … }
 *   else throw error;                       // the task's own
 * }
 */
export function isCeleriacError(error: unknown): error is AnyCeleriacError;
/**
 * The same, with this code.
 * @example if (isCeleriacError(error, 'TIMEOUT')) show(error.waiting);
 */
export function isCeleriacError<Code extends ErrorCode>(
  error: unknown,
  code: Code,
): error is CeleriacErrorOf<Code>;
export function isCeleriacError(error: unknown, code?: string): boolean {
  if (typeof error !== 'object' || error === null) return false;
  try {
    const its: unknown = Reflect.get(error, 'code');
    return (
      Reflect.get(error, BRAND) === true && (code === undefined ? typeof its === 'string' : its === code)
    );
  } catch {
    // It throws when it is looked at: it is none of ours.
    return false;
  }
}
