import type { StoreOperation } from './operations.ts';

const READS: ReadonlySet<string> = new Set([
  'get',
  'outline',
  'list',
  'oldest',
  'ready',
  'expired',
  'unrouted',
  'commit',
  'close',
]);

/** Whether it may change rows. */
export function isWrite([verb]: StoreOperation): boolean {
  return !READS.has(verb);
}

/** Whether it shows what only a commit makes certain. */
export function isRead([verb]: StoreOperation): boolean {
  return verb === 'get' || verb === 'outline' || verb === 'list';
}

const URGENT: ReadonlySet<string> = new Set([
  'insert',
  'define',
  'tune',
  'pause',
  'revokeTokens',
  'commit',
  'close',
]);

/** Whether somebody waits for its commit. The rest is committed along with the next that is, or after {@link LAZY_MS}. */
export function isUrgent(operation: StoreOperation): boolean {
  return operation[0] === 'advance' ? operation[2] : URGENT.has(operation[0]);
}

/** How long a write that nobody waits for stays uncommitted: what a crash may undo of leases and starts. */
export const LAZY_MS = 5;
