/** The thread that watches a worker's event loop, and names the suspects while it does not turn. */
import { workerData } from 'node:worker_threads';
import { systemClock } from '@celeriac/runtime';
import { pino } from 'pino';

export interface WatchedLoop {
  /** Counts up as long as the loop turns. */
  readonly turns: Int32Array;
  /** 1 for each task that may be holding it. */
  readonly suspects: Uint8Array;
  readonly tasks: readonly string[];
}

/** A loop that is blocked this long is reported; again when the time has doubled. */
const FIRST_LINE_MS = 2_000;
const LOOK_EVERY_MS = 500;

const { turns, suspects, tasks } = workerData as WatchedLoop;
const log = pino({ name: 'celeriac-worker', level: 'warn' }, pino.destination({ dest: 2, sync: true }));

let seen = -1;
let since = systemClock.monotonic();
let nextLineMs = FIRST_LINE_MS;

function look(): void {
  const now = systemClock.monotonic();
  const turn = Atomics.load(turns, 0);
  if (turn !== seen) {
    seen = turn;
    since = now;
    nextLineMs = FIRST_LINE_MS;
  } else if (now - since >= nextLineMs) {
    const running = tasks.filter((_, position) => suspects[position] === 1);
    log.error(
      { ms: Math.round(now - since), tasks: running },
      'the event loop is blocked by one of these tasks; pool threads or processes can end such a task',
    );
    nextLineMs *= 2;
  }
  systemClock.after(LOOK_EVERY_MS, look, true);
}

look();
