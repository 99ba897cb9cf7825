import type { Operation } from './operations.ts';

const READS: ReadonlySet<string> = new Set([
  'get',
  'list',
  'oldest',
  'expired',
  'unrouted',
  'commit',
  'close',
]);

/** Whether it may change rows. */
export function isWrite([verb]: Operation): boolean {
  return !READS.has(verb);
}

/** Whether it shows what only a commit makes certain. */
export function isRead([verb]: Operation): boolean {
  return verb === 'get' || verb === 'list';
}

/** Whether somebody waits for its commit. The rest is committed along with the next that is, or after {@link LAZY_MS}. */
export function isUrgent(operation: Operation): boolean {
  const [verb] = operation;
  if (verb === 'advance') return operation[2];
  return verb === 'insert' || verb === 'define' || verb === 'tune' || verb === 'commit' || verb === 'close';
}

/** How long a write that nobody waits for stays uncommitted: what a crash may undo of leases and starts. */
export const LAZY_MS = 5;
