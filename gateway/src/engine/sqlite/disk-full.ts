/** SQLITE_FULL: a write found no room. A sync that fails has another code, and ends the store. */
const DISK_FULL = 13;

export function isDiskFull(error: unknown): error is Error {
  return error instanceof Error && 'errcode' in error && error.errcode === DISK_FULL;
}
