/** Tasks that misuse what they run in, for threads and processes. */
import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { isMainThread, threadId } from 'node:worker_threads';
import { Celeriac } from '@celeriac/client';
import { untilThere } from './file-gate.ts';

export const app = new Celeriac();

export const add = app.task('add', (x: number, y: number) => x + y);

/** Which thread of which process, and whether that is a process's first. */
export const where = app.task('where', () => ({ pid: process.pid, threadId, isMainThread }));

/** Never gives way, never ends. */
export const spin = app.task('spin', { bind: true }, (self) => {
  self.updateState({ state: 'SPINNING' });
  for (;;);
});

/** Holds the event loop of whoever runs it. */
export const hold = app.task('hold', (ms: number) => {
  const until = performance.now() + ms;
  while (performance.now() < until);
  return ms;
});

/** Waits until the test has made this file. */
export const held = app.task('held', { bind: true }, async (self, gate: string) => {
  await untilThere(gate, self.signal);
  return 'let go';
});

/** Computes with progress, without ever giving way. */
export const crunch = app.task('crunch', { bind: true }, (self, ms: number) => {
  for (let done = 1; done <= 4; done++) {
    const until = performance.now() + ms / 4;
    while (performance.now() < until);
    self.updateState({ state: 'PROGRESS', meta: { done } });
  }
  return 'crunched';
});

/** Waits until its time is over or it is asked to stop, and says in a file that it ran. */
export const trace = app.task('trace', { bind: true }, async (self, path: string, ms: number) => {
  appendFileSync(path, `${self.request.id} ${self.request.worker}\n`);
  await wait(ms, undefined, { signal: self.signal });
  return self.request.worker;
});

/** Gives way when it is asked to: by its soft limit, or by a revoke. */
export const polite = app.task('polite', { bind: true }, async (self) => {
  self.updateState({ state: 'WAITING' });
  await new Promise((_, reject) => self.signal.addEventListener('abort', () => reject(self.signal.reason)));
});

export const die = app.task('die', () => process.abort());

/** Calls another task, and waits for it. */
export const asks = app.task('asks', { bind: true }, async (self, x: number) => {
  const sum = await add.delay(x, 1).get({ disableSyncSubtasks: false });
  return { sum, worker: self.request.worker };
});

export const uncloneable = app.task('uncloneable', () => () => 1);

export const letters = app.task('letters', function* (count: number) {
  for (let chunk = 0; chunk < count; chunk++) yield chunk;
});

/** What it finds of the flags that Node was started with. */
export const flags = app.task('flags', () => ({
  collects: 'gc' in globalThis,
  preloaded: Reflect.get(globalThis, 'preloaded') ?? null,
}));

/** Leaves a promise to nobody, which rejects, and goes on. */
export const floats = app.task('floats', async () => {
  void wait(1).then(() => {
    throw new RangeError('nobody caught this');
  });
  await wait(60_000);
});

/** Says in a file that it ran; its handler kills its worker. */
export const killsAfter = app.task(
  'killsAfter',
  { onSuccess: () => process.kill(process.pid, 'SIGKILL') },
  (path: string) => {
    appendFileSync(path, 'ran\n');
    return 'recorded';
  },
);
