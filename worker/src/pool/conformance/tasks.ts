/** The tasks of the suite; loaded by the test and by each child. */
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { Celeriac, currentTask } from '@celeriac/client';
import { INSIDE } from '@celeriac/client/hosting';

export const app = new Celeriac({ url: 'http://127.0.0.1:9' });

class OddError extends Error {
  override readonly name = 'OddError';
  readonly code = 'ODD';
  readonly data = { odd: [1, 3] };
}

app.task('add', (x: number, y: number) => x + y);

app.task('where', () => `${process.pid}/${threadId}`);

app.task('who', { bind: true }, async (self, label: string) => {
  await wait(5);
  const { id, args, worker, timeLimit, softTimeLimit } = self.request;
  return {
    label,
    name: self.name,
    id,
    args,
    worker,
    timeLimit,
    softTimeLimit,
    now: currentTask()?.request.id,
  };
});

app.task('steps', { bind: true }, (self) => {
  self.updateState({ state: 'PROGRESS', meta: { done: 1 } });
  self.updateState({ state: 'PROGRESS', meta: { done: 2 } });
});

app.task('says', { bind: true }, (self) => self.log.warn('a word', { fact: 7 }));

/** Here until it is asked to stop; tells why. */
app.task('stays', { bind: true }, async (self) => {
  self.updateState({ state: 'HERE' });
  if (!self.signal.aborted) await new Promise((resolve) => self.signal.addEventListener('abort', resolve));
  return self.signal.reason.name;
});

app.task('escapes', { bind: true }, (self) => wait(60_000, undefined, { signal: self.signal }));

app.task('fails', (how: string) => {
  switch (how) {
    case 'built in':
      return (undefined as unknown as { field: string }).field;
    case 'custom':
      throw new OddError('odd', { cause: new RangeError('even') });
    case 'several':
      throw new AggregateError([new TypeError('one'), new OddError('two')], 'both');
    default:
      throw how;
  }
});

app.task('tries', { bind: true }, (self) => self.retry({ countdown: 1, exc: new Error('again') }));

app.task(
  'tells',
  {
    bind: true,
    beforeStart: () => wait(30),
    onSuccess: (self, value) => self.log.warn('onSuccess', { value }),
    afterReturn: async (self) => {
      await wait(5);
      self.log.warn('afterReturn', { stopped: self.signal.aborted });
    },
  },
  async (self) => {
    if (!self.signal.aborted) await new Promise((resolve) => self.signal.addEventListener('abort', resolve));
    return self.signal.reason.name;
  },
);

/** Its handler hears that it is to stop, and does not. */
app.task('tellsForEver', { onSuccess: () => new Promise(() => {}) }, () => 1);

/** Its handler hears nothing. */
app.task(
  'tellsDeaf',
  {
    onSuccess: () => {
      for (;;);
    },
  },
  () => 1,
);

app.task('returnsFunction', () => () => 1);

/** Heeds nothing until the test has made this file. */
app.task('deaf', { bind: true }, async (self, gate: string) => {
  self.updateState({ state: 'HERE' });
  while (!existsSync(gate)) await wait(5);
});

app.task('spins', { bind: true }, (self) => {
  self.updateState({ state: 'HERE' });
  for (;;);
});

app.task('lends', { bind: true }, async (self) => {
  const over = (self as typeof self & { [INSIDE]: { wait(): () => void } })[INSIDE].wait();
  if (!self.signal.aborted) await new Promise((resolve) => self.signal.addEventListener('abort', resolve));
  over();
});

app.task('exits', () => process.exit(7));

app.task('aborts', () => process.abort());

app.task('leavesRejection', async () => {
  void Promise.reject(new Error('nobody caught me'));
  await wait(60_000);
});

const kept: string[][] = [];
app.task('grows', (megabytes: number) => {
  for (let step = 0; step < megabytes; step++) kept.push(Array.from({ length: 131_072 }, () => 'x'));
  return `${process.pid}/${threadId}`;
});
