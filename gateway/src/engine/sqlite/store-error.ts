import { CeleriacError } from '@celeriac/protocol';

/** A file is not a usable store: the message says why. Crosses the thread boundary as its message. */
export class StoreError extends CeleriacError {
  override readonly name: string = 'StoreError';
  declare readonly code: 'BAD_STORE';
  constructor(message: string, because?: ErrorOptions) {
    super('BAD_STORE', message, because);
  }
}

/** Of SQLite, without what it extends it by; https://sqlite.org/rescode.html has them. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined;
  return error.errcode & 0xff;
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** SQLITE_FULL: a write found no room. A sync that fails has another code, and ends the store. */
const DISK_FULL = 13;

export function isDiskFull(error: unknown): error is Error {
  return error instanceof Error && 'errcode' in error && error.errcode === DISK_FULL;
}
