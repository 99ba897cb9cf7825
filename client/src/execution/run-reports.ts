import type { Outcome, WirePayload } from '@celeriac/protocol/internal';

/** Lets the handlers of a run be called; or, where its outcome was not recorded, ends the run without them. */
export type Follow = (recorded: boolean) => void;

/** What an attempt reports to the code that runs it. */
export interface RunReports {
  /** The body itself begins: what limits count. After `beforeStart`, where there is one. */
  entered(): void;
  progress(state: string, meta: WirePayload): void;
  /** A chunk, one after the other; the {@link ChunkWindow} is told when more may come. All of them before `settled`. */
  emit(chunk: WirePayload): void;
  /** The body begins to wait for another task, or has waited: meanwhile it does not need its slot. */
  waits(waiting: boolean): void;
  /**
   * The body has ended. Exactly once per entered run, perhaps before it was entered in full.
   * @param children ids of the tasks that the body called
   * @param follow where handlers are to hear of it: to be called once, and `followed` comes after it
   */
  settled(outcome: Outcome, children: readonly string[], follow?: Follow): void;
  /** The handlers have ended. @param cut why, where they were cut short */
  followed(cut?: string): void;
}
