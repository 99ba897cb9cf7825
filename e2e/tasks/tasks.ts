import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Celeriac, currentTask, Ignore, Reject, type TaskSelf } from '@celeriac/client';
import { untilThere } from './file-gate.ts';

export const app = new Celeriac();

export const add = app.task('add', (x: number, y: number) => x + y);

export const noop = app.task('noop', (value: number) => value);

/** Says in a file that it ran, then takes its time. */
export const trace = app.task('trace', { bind: true }, async (self, path: string, ms: number) => {
  appendFileSync(path, `${self.request.id} ${self.request.attempt} ${self.request.worker}\n`);
  await wait(ms, undefined, { signal: self.signal }).catch(() => undefined);
  return self.request.worker;
});

export const lopri = app.task('lopri', { bind: true, queue: 'lopri' }, (self) => self.request.worker);

export const fail = app.task('fail', (message: string) => {
  throw new RangeError(message);
});

export const flaky = app.task('flaky', { bind: true }, (self, times: number) => {
  if (self.request.retries < times)
    self.retry({ countdown: 0, exc: new Error(`try ${self.request.retries + 1}`) });
  return self.request.retries;
});

export const flakyUntracked = app.task(
  'flakyUntracked',
  { bind: true, trackStarted: false },
  (self, times: number) => {
    if (self.request.retries < times) self.retry({ countdown: 0 });
    return self.request.retries;
  },
);

export const auto = app.task(
  'auto',
  { bind: true, autoretryFor: [RangeError], defaultRetryDelay: 0, maxRetries: 2 },
  (self) => {
    throw new RangeError(`run ${self.request.retries + 1}`);
  },
);

export const encode = app.task(
  'media.encode',
  { bind: true, queue: 'media', maxRetries: 5, defaultRetryDelay: 0 },
  (self, file: string) => {
    if (self.request.retries < 5) self.retry();
    return `${file} on ${self.request.queue} after ${self.request.retries}`;
  },
);

export const progress = app.task('progress', { bind: true }, async (self, steps: number) => {
  for (let done = 1; done <= steps; done++) {
    self.updateState({ state: 'PROGRESS', meta: { done } });
    await wait(100, undefined, { signal: self.signal });
  }
  return steps;
});

/** Kills its process as its first statement. */
export const poison = app.task('poison', () => {
  process.abort();
});

export const sleepy = app.task('sleepy', async (ms: number) => {
  await wait(ms);
  return ms;
});

/** At most once: a lost run is a failure. */
export const once = app.task(
  'once',
  { bind: true, acksLate: false },
  async (self, path: string, ms: number) => {
    appendFileSync(path, `${self.request.id}\n`);
    await wait(ms);
  },
);

export const outer = app.task('outer', { bind: true }, async (self, x: number) => {
  if (self.request.retries === 0) self.retry({ countdown: 0 });
  const inner = add.delay(x, 1);
  await inner.accepted;
  return { inner: inner.id, current: currentTask()?.request.id };
});

export const quiet = app.task('quiet', { ignoreResult: true }, () => 'never seen');

/** Says in a file that it begins, and that it ends; in between it waits until the test has made the file `gate`. */
export const held = app.task('held', { bind: true }, async (self, path: string, gate: string) => {
  appendFileSync(path, 'begin\n');
  await untilThere(gate, self.signal);
  appendFileSync(path, 'end\n');
});

/** Ends with its worker the first time, and at once when it is run again. */
export const enduring = app.task('enduring', { bind: true }, async (self) => {
  if (self.request.attempt === 1) await wait(86_400_000, undefined, { signal: self.signal });
  return self.request.attempt;
});

/** Fails as often as it is told, then succeeds; says what it retries with. */
export const stubborn = app.task(
  'stubborn',
  { bind: true, maxRetries: 2, defaultRetryDelay: 0 },
  (self, runs: string) => {
    appendFileSync(runs, 'run\n');
    return self.retry({ exc: new RangeError('enough') });
  },
);

export const backedOff = app.task(
  'backedOff',
  { bind: true, autoretryFor: [RangeError], retryBackoff: '40ms', retryJitter: false, maxRetries: 3 },
  (self, runs: string) => {
    appendFileSync(runs, `${Date.now()}\n`);
    throw new RangeError(`run ${self.request.retries + 1}`);
  },
);

export const later = app.task('later', { bind: true }, (self, countdown: number) => {
  if (self.request.retries === 0) self.retry({ countdown, exc: new Error('not yet') });
  return 'bar';
});

export const rejecting = app.task('rejecting', (requeue: boolean) => {
  throw new Reject('no', { requeue });
});

export const ignoring = app.task('ignoring', () => {
  throw new Ignore();
});

export const askInside = app.task('askInside', { bind: true }, async (_self, allowed: boolean) => {
  const inner = add.delay(1, 1);
  return allowed ? inner.get({ disableSyncSubtasks: false }) : inner.get();
});

export const family = app.task('family', { bind: true }, async (self) => {
  const inner = kin.delay();
  await inner.accepted;
  return { id: self.request.id, root: self.request.rootId, child: inner.id };
});

export const kin = app.task('kin', { bind: true }, (self) => ({
  root: self.request.rootId,
  parent: self.request.parentId,
}));

export const headed = app.task('headed', { bind: true }, (self) => {
  if (self.request.retries === 0) self.retry({ countdown: 0 });
  return { headers: self.request.headers, priority: self.request.priority, queue: self.request.queue };
});

/** Writes down what stands before its last argument, the file. */
export const note = app.task('note', { typing: false }, (...args: unknown[]) => {
  appendFileSync(String(args.at(-1)), `${JSON.stringify(args.slice(0, -1))}\n`);
});

/** Retries once, and takes its time; says in a file that it begins. */
export const restless = app.task('restless', { bind: true }, async (self, path: string, ms: number) => {
  appendFileSync(path, `${self.request.id} ${self.request.attempt}\n`);
  await wait(ms, undefined, { signal: self.signal });
  if (self.request.retries === 0) self.retry({ countdown: 0.02 });
});

/** An error class of one's own. */
export class OutOfStock extends Error {
  override readonly name = 'OutOfStock';
  data: { readonly sku: string } | undefined;
}
app.registerError(OutOfStock);

/** What may be thrown as well. */
const NO_ERRORS: Readonly<Record<'text' | 'nothing' | 'object', unknown>> = {
  text: 'only words',
  nothing: undefined,
  object: { code: 7 },
};

/** Throws what it is asked for. */
export const throwing = app.task(
  'throwing',
  (what: 'many' | 'own' | 'chain' | 'text' | 'nothing' | 'object' | 'huge' | 'circular') => {
    switch (what) {
      case 'many':
        throw new AggregateError([new RangeError('one'), new TypeError('two')], 'several');
      case 'own':
        throw Object.assign(new OutOfStock('none left'), { data: { sku: 'A-1' } });
      case 'chain':
        throw new Error('outer', { cause: new RangeError('middle', { cause: new TypeError('root') }) });
      case 'text':
      case 'nothing':
      case 'object':
        throw NO_ERRORS[what];
      case 'huge':
        throw Object.assign(new Error('m'.repeat(2_000_000)), { data: 'd'.repeat(2_000_000) });
      case 'circular': {
        const data: Record<string, unknown> = {};
        data['self'] = data;
        throw Object.assign(new Error('round and round'), { data });
      }
    }
  },
);

/** Counts to `count` in chunks, and gives how many those were. */
export const tell = app.task('tell', async function* (count: number) {
  for (let chunk = 0; chunk < count; chunk++) yield chunk;
  return count;
});

/** Numbered blocks of so many characters. */
export const blocks = app.task('blocks', async function* (count: number, size: number) {
  const block = 'x'.repeat(size);
  for (let chunk = 0; chunk < count; chunk++) yield [chunk, block] as const;
});

/** The same by hand, saying in a file how far it has come. */
export const emits = app.task(
  'emits',
  { bind: true },
  async (self: TaskSelf<number>, path: string, count: number) => {
    for (let chunk = 0; chunk < count; chunk++) {
      await self.emit(chunk);
      if (chunk % 100 === 99) appendFileSync(path, `${chunk + 1}\n`);
    }
    return count;
  },
);

/** Never waits for room. */
export const gushes = app.task('gushes', { bind: true }, (self: TaskSelf<number>, count: number) => {
  for (let chunk = 0; chunk < count; chunk++) void self.emit(chunk);
});

/** Takes its time for each chunk. */
export const drips = app.task('drips', { bind: true }, async function* (self, count: number, ms: number) {
  for (let chunk = 0; chunk < count; chunk++) {
    yield { attempt: self.request.attempt, chunk };
    await wait(ms);
  }
});

/** Stands still after some of its chunks for as long as its first worker lives. */
export const stalls = app.task('stalls', { bind: true }, async function* (self, count: number, at: number) {
  for (let chunk = 0; chunk < count; chunk++) {
    if (self.request.attempt === 1 && chunk === at)
      await wait(86_400_000, undefined, { signal: self.signal });
    yield { attempt: self.request.attempt, chunk };
  }
});

/** Gives three chunks, and is tried again until its last run. */
export const restarts = app.task(
  'restarts',
  { bind: true, defaultRetryDelay: 0 },
  function* (self, times: number) {
    for (const word of ['a', 'b', 'c']) yield `${word}${self.request.retries}`;
    if (self.request.retries < times) self.retry();
    return self.request.retries;
  },
);

/** Fails after its chunks. */
export const breaks = app.task('breaks', function* (count: number): Generator<number, never> {
  for (let chunk = 0; chunk < count; chunk++) yield chunk;
  throw new RangeError('no more');
});
