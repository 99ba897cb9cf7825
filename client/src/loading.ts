import { LOADING, type LoadingSlot } from './hosting.ts';

const slot: LoadingSlot = globalThis as LoadingSlot;

/**
 * Waits, and where a worker is loading its task files meanwhile, lets it know for what: a file that waits at its top level for a
 * task that only this worker would run never ends to load.
 */
export function seenByLoader<Value>(
  what: () => string,
  wait: () => Value | Promise<Value>,
): Value | Promise<Value> {
  const done = slot[LOADING]?.(what());
  return done === undefined ? wait() : (async () => wait())().finally(done);
}
