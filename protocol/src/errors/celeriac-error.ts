/** What all errors of Celeriac have in common, and those of wrong use. */
import type { ErrorCode } from './codes.ts';

/** Says of an error whether Celeriac has made it; the same in each copy of the package, and in each realm. */
export const BRAND: unique symbol = Symbol.for('celeriac.error');

/** The class of all errors that Celeriac makes; {@link isCeleriacError} also knows those of another copy of the package. */
export class CeleriacError extends Error {
  override readonly name: string = 'CeleriacError';
  /** What to match on: it says the same in each version, which the message need not. */
  readonly code: string;
  constructor(code: ErrorCode, message: string, because: ErrorOptions = {}) {
    super(message, because);
    this.code = code;
  }

  get [BRAND](): boolean {
    return true;
  }
}

/** A task name, an argument or a method was used in a wrong way; thrown in the caller's code. */
export class UsageError extends CeleriacError {
  override readonly name: string = 'UsageError';
  declare readonly code: 'USAGE';
  constructor(message: string, because?: ErrorOptions) {
    super('USAGE', message, because);
  }
}

/** An option has an unknown name or an impossible value; thrown at the call or definition. */
export class OptionError extends CeleriacError {
  override readonly name: string = 'OptionError';
  declare readonly code: 'BAD_OPTION';
  /** Its name. */
  readonly option: string;
  constructor(option: string, message: string) {
    super('BAD_OPTION', message);
    this.option = option;
  }
}

/** A value cannot be written or read by its serializer, or is too large. */
export class PayloadError extends CeleriacError {
  override readonly name: string = 'PayloadError';
  declare readonly code: 'BAD_PAYLOAD';
  constructor(message: string, because?: ErrorOptions) {
    super('BAD_PAYLOAD', message, because);
  }
}
