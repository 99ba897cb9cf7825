import type { Engine } from '../engine.ts';

/** A place for tasks, in which one engine after the other can be opened. */
export interface TestStore {
  /** A new engine on this store, not opened yet. The one before has to be closed. */
  engine(): Engine;
  /** Called after the test. */
  dispose(): Promise<void> | void;
}
