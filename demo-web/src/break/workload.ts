import type { AsyncResult, Store, StoreListener } from '@celeriac/client';
import { app } from '../app.ts';

/** One call every so often, so many in all: long enough to break things meanwhile. */
const EVERY_MS = 50;
export const ROUND = 300;

export interface Workload {
  /** In the order of the calls: number n returns n. */
  readonly results: readonly AsyncResult<number>[];
  readonly sending: boolean;
}

let present: Workload = { results: [], sending: false };
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<StoreListener<Workload>>();

/** It outlives the view that shows it. */
export const workload: Store<Workload> = {
  get: () => present,
  subscribe: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

/** Begins a new round. */
export function startWorkload(): void {
  stopWorkload();
  set({ results: [], sending: true });
  timer = setInterval(() => {
    const { results } = present;
    const more = [...results, app.tasks.step.delay(results.length)];
    if (more.length === ROUND) stopWorkload();
    set({ results: more, sending: more.length < ROUND });
  }, EVERY_MS);
}

export function stopWorkload(): void {
  clearInterval(timer);
  set({ ...present, sending: false });
}

function set(next: Workload): void {
  present = next;
  for (const listener of listeners) listener(next);
}
