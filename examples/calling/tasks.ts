import { setTimeout as pause } from 'node:timers/promises';
import { Celeriac, currentTask, Ignore, Reject, type TaskSelf } from '@celeriac/client';

export const app = new Celeriac({ taskRoutes: { 'report.*': 'reports' } });

export const add = app.task('add', (x: number, y: number) => x + y);

export const where = app.task('report.where', { bind: true }, (self) => self.request.queue);

/** What a running task knows about itself. */
export const about = app.task('about', { bind: true }, (self, _subject: string) => ({
  name: self.name,
  args: self.request.args,
  queue: self.request.queue,
  priority: self.request.priority,
  attempt: self.request.attempt,
  headers: self.request.headers,
}));

/** Reports its progress, calls another task, and stops when its signal aborts. */
export const parent = app.task('parent', { bind: true }, async (self, steps: number) => {
  for (let done = 1; done <= steps && !self.signal.aborted; done++) {
    self.updateState({ state: 'PROGRESS', meta: { done, steps } });
    await pause(20);
  }
  self.log.info('steps done', { steps });
  const child = add.delay(steps, 1);
  await child.accepted;
  return inner();
});

/** Code without a `self` can ask for the task that it runs in, also after an `await`. */
async function inner(): Promise<string | undefined> {
  await pause(1);
  return currentTask()?.name;
}

/** Fails twice, and asks for another try each time. */
export const shy = app.task('shy', { bind: true, maxRetries: 3, defaultRetryDelay: 0 }, (self) => {
  if (self.request.retries < 2) self.retry({ exc: new Error(`not yet: ${self.request.retries}`) });
  return `after ${self.request.retries} retries`;
});

/** Every RangeError is tried again, at 10 ms, then 20 ms. */
export const hopeless = app.task(
  'hopeless',
  { autoretryFor: [RangeError], retryBackoff: '10ms', retryJitter: false, maxRetries: 2 },
  () => {
    throw new RangeError('never');
  },
);

export const indifferent = app.task('indifferent', () => {
  throw new Ignore();
});

export const strict = app.task('strict', () => {
  throw new Reject('not for me', { requeue: false });
});

/** Waits, unless its signal aborts. */
export const slow = app.task('slow', { bind: true }, async (self, seconds: number) => {
  await pause(seconds * 1_000, undefined, { signal: self.signal });
  return seconds;
});

export class OutOfStock extends Error {
  override readonly name = 'OutOfStock';
  data?: { readonly left: number };
}

/** JavaScript can throw any value. */
const words: unknown = 'just words';

export const order = app.task('order', (item: 'nothing' | 'much' | 'text' | 'chain') => {
  if (item === 'nothing') (null as unknown as { buy(): void }).buy();
  if (item === 'much') throw Object.assign(new OutOfStock('too many'), { data: { left: 3 } });
  if (item === 'chain') throw new Error('no order', { cause: new RangeError('no such item') });
  throw words;
});

/** A Map and Dates, which JSON cannot carry. */
export const latest = app.task('latest', { serializer: 'devalue' }, (visits: Map<string, Date>) => {
  const times = [...visits.values()].map(Number);
  return new Date(Math.max(...times));
});

/** A serializer of its own: a list of strings, one on each line. */
app.registerSerializer({
  name: 'lines',
  contentType: 'text/plain',
  encode: (value) => [value].flat().join('\n'),
  decode: (text) => text.split('\n'),
});

export const reverse = app.task('reverse', { serializer: 'lines', typing: false }, (...lines: string[]) =>
  lines.toReversed(),
);

/** At most ten begin each second, over all workers. */
export const rated = app.task('rated', { rateLimit: '10/s' }, (x: number) => x);

/** One at a time for each customer, and twenty in all. */
export const charge = app.task(
  'charge',
  {
    concurrencyLimit: { task: 20, key: 1 },
    concurrencyKey: (customer: string, _cents: number) => customer,
  },
  async (customer: string, cents: number) => {
    await pause(30);
    return `${customer} paid ${cents}`;
  },
);

/** A generator yields chunks; what it returns is its result. */
export const letters = app.task('letters', async function* (word: string) {
  for (const letter of word) {
    yield letter;
    await pause(1);
  }
  return word.length;
});

/** The same with `emit`: each one waits if the reader is behind. */
export const primes = app.task('primes', { bind: true }, async (self: TaskSelf<number>, count: number) => {
  let given = 0;
  for (let number = 2; given < count; number++) {
    if (!isPrime(number)) continue;
    await self.emit(number);
    given += 1;
  }
});

function isPrime(number: number): boolean {
  for (let factor = 2; factor * factor <= number; factor++) if (number % factor === 0) return false;
  return true;
}

/** Its first attempt fails after two chunks. */
export const stutters = app.task(
  'stutters',
  { bind: true, defaultRetryDelay: 0 },
  async function* (self, word: string) {
    for (const [index, letter] of [...word].entries()) {
      if (index === 2 && self.request.retries === 0) {
        await pause(100);
        self.retry();
      }
      yield letter;
    }
    return self.request.attempt;
  },
);
