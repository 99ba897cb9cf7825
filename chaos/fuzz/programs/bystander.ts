/** A client and a worker at each gateway who know nothing of what else goes on there. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Celeriac } from '@celeriac/client';
import { systemClock } from '@celeriac/runtime';
import { createWorker } from '@celeriac/worker';
import { waitMs } from '../scene.ts';
import { type BystanderSettings, onFuzzCommand, readSettings, tellFuzzer } from './fuzz-messages.ts';

const CALL_EVERY_MS = 25;
/** What a call may take beyond what this process itself was held up: no figure of speed, but nobody waits for ever. */
const CALL_LIMIT_MS = 10_000;

const { gateways } = readSettings<BystanderSettings>();
const held = monitorEventLoopDelay({ resolution: 10 });
held.enable();
let on = true;
let ended = 0;
let slowestMs = 0;

async function callOn(url: string, token: string | null): Promise<void> {
  const app = new Celeriac({ url, token });
  const add = app.task('bystander.add', { queue: 'bystander' }, (x: number, y: number) => x + y);
  const worker = createWorker(app, {
    gateway: url,
    token: token ?? undefined,
    name: 'bystander',
    queues: ['bystander'],
  });
  await worker.start();
  for (let n = 0; on; n++) {
    const begun = systemClock.monotonic();
    try {
      const sum = await add.delay(n, 1).get({ timeout: 60 });
      if (sum !== n + 1) tellFuzzer({ kind: 'fault', what: `bystander: ${n} + 1 was ${sum}` });
    } catch (error) {
      tellFuzzer({ kind: 'fault', what: `bystander: a call failed: ${String(error)}` });
    }
    const tookMs = systemClock.monotonic() - begun;
    const ownMs = held.max / 1e6;
    ended += 1;
    slowestMs = Math.max(slowestMs, tookMs);
    if (tookMs - ownMs > CALL_LIMIT_MS)
      tellFuzzer({
        kind: 'fault',
        what: `bystander: a call took ${Math.round(tookMs)} ms, ${Math.round(ownMs)} ms of them its own`,
      });
    await waitMs(CALL_EVERY_MS);
  }
}

onFuzzCommand((order) => {
  if (order === 'finish') on = false;
  else tellFuzzer({ kind: 'calls', ended, slowestMs: Math.round(slowestMs) });
});
const calling = gateways.map(({ url, token }) => callOn(url, token));
tellFuzzer({ kind: 'ready', url: '' });
await Promise.all(calling);
tellFuzzer({ kind: 'calls', ended, slowestMs: Math.round(slowestMs) });
tellFuzzer({ kind: 'done' });
