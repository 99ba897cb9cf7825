/** What is measured, the same way for every subject: each has a module that exports these, and `role.ts` runs one of its parts. */

/** How a part finds the others, and what it is told about itself. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

export interface Peer {
  /** Resolves when it takes tasks. @returns what the caller must know of it */
  startWorker?(settings: Settings): Promise<Settings | undefined>;
  /** Resolves when it can call. */
  startCaller(settings: Settings): Promise<Caller>;
  /** Clients that watch one task, each with a connection of its own. */
  startWatchers?(settings: Settings, count: number): Promise<Watchers>;
}

export interface Caller {
  /** A task that gives back its number. @returns when this process has the result, or knows that there is one */
  call(value: number): Promise<unknown>;
  /** A task for which there is no worker. @returns when the server has said that it has it */
  accept(value: number): Promise<unknown>;
  /** A task that tells `TICKS` times what time it is, by `now()`, and then ends. @returns its id */
  tick?(): Promise<string>;
}

export interface Watchers {
  /** @returns when every one has seen the task end; `seen` gets the time that was told, by `now()` */
  watch(id: string, seen: (told: number) => void): Promise<void>;
}

/** How often a watched task tells the time; it begins after `TICK_FIRST_MS`. */
export const TICKS = 20;
export const TICK_FIRST_MS = 2_000;
export const TICK_EVERY_MS = 100;

/** Milliseconds by a clock that the processes of one machine share. */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
