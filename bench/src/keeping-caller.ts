// The caller of keeping.ts: `keeping-caller.ts COUNT PER_SECOND` makes so many calls, at most so many a second (0: as fast as they are
// answered), and one more every now and then, whose way it times. Prints a line of JSON for each of those, until it is ended.
import { setTimeout as pause } from 'node:timers/promises';
import { Celeriac } from '@celeriac/client';

/** Calls that are not answered yet. */
const WINDOW = 500;
const PROBE_MS = 50;
const BATCH_MS = 20;

const [count = 0, perSecond = 0] = process.argv.slice(2).map(Number);
const app = new Celeriac();

async function probe(): Promise<void> {
  for (;;) {
    const begun = performance.now();
    // One that was under way when the gateway was started again may come too late for its result.
    await app
      .sendTask('sized', [1])
      .get({ propagate: false })
      .catch(() => undefined);
    console.log(JSON.stringify({ wayMs: performance.now() - begun }));
    await pause(PROBE_MS);
  }
}

let made = 0;
let open = 0;
let room: (() => void) | undefined;

function call(): void {
  made += 1;
  open += 1;
  const ended = (): void => {
    open -= 1;
    room?.();
  };
  void app.sendTask('sized', [500]).get().then(ended, ended);
}

async function load(): Promise<void> {
  const begun = performance.now();
  while (made < count) {
    const due = perSecond === 0 ? count : ((performance.now() - begun) / 1_000) * perSecond;
    while (made < Math.min(count, due) && open < WINDOW) call();
    if (perSecond > 0) await pause(BATCH_MS);
    else
      await new Promise<void>((resolve) => {
        room = resolve;
      });
  }
  while (open > 0) await pause(BATCH_MS);
  console.log(JSON.stringify({ done: made, ms: performance.now() - begun }));
}

void probe();
await load();
