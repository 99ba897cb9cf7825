import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Stores that this process holds. The lock that keeps other processes off goes by process and file: whatever opens the file here once
 * more gives it up when it closes that. So nothing does.
 */
const held = new Set<string>();

/** @throws Error where this process holds it */
export function refuseHeld(store: string): void {
  if (held.has(keyOf(store)))
    throw new Error('this process already has it open (was a second gateway created on this file?)');
}

/** @returns what lets go of it. @throws Error where this process holds it */
export function holdStore(store: string): () => void {
  refuseHeld(store);
  const key = keyOf(store);
  held.add(key);
  return () => void held.delete(key);
}

function keyOf(store: string): string {
  try {
    return join(realpathSync(dirname(store)), basename(store));
  } catch {
    return store;
  }
}
