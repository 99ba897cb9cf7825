import type { Store, StoreListener } from '@celeriac/client';
import { app } from '../app.ts';

/** Something that happened to the page or that it did, in the page's own time. */
export interface Happening {
  readonly key: number;
  readonly at: Date;
  readonly kind: 'did' | 'away' | 'back';
  readonly text: string;
}

const LONGEST = 50;

let present: readonly Happening[] = [];
let count = 0;
let lostAt: number | undefined;
const listeners = new Set<StoreListener<readonly Happening[]>>();

/** The newest first. */
export const happenings: Store<readonly Happening[]> = {
  get: () => present,
  subscribe: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

export function tell(kind: Happening['kind'], text: string): void {
  count += 1;
  present = [{ key: count, at: new Date(), kind, text }, ...present].slice(0, LONGEST);
  for (const listener of listeners) listener(present);
}

app.connection.on('change', ({ state, reason }) => {
  if (state === 'reconnecting' && lostAt === undefined) {
    lostAt = performance.now();
    tell('away', reason === null ? 'the connection is gone' : reason.message);
  } else if (state === 'open' && lostAt !== undefined) {
    const seconds = ((performance.now() - lostAt) / 1000).toFixed(1);
    lostAt = undefined;
    tell('back', `connected again after ${seconds} s; what was missed has arrived`);
  }
});
