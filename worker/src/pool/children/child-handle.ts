import type { FromChild, Port, ToChild } from '../child/child-messages.ts';

export interface ChildEvents {
  received(message: FromChild): void;
  /** Exactly once, after all that it had sent. @param why completes "it": `ended (signal SIGABRT)` */
  ended(why: string): void;
}

/** A thread or a process, as its worker holds it. */
export interface ChildHandle extends Port<ToChild> {
  /** For the log: `process 4711`. */
  readonly label: string;
  /** Ends it at once, whatever it does; idempotent. `ended` follows. */
  kill(): void;
}

export type SpawnChild = (events: ChildEvents) => ChildHandle;
