/** What the compiler promises to people who call tasks. Checked by `tsc`; nothing here runs. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { expectTypeOf } from 'vitest';
import type { AsyncResult, CeleriacError, ErrorCode, RefusalCode } from './index.ts';
import {
  Celeriac,
  isCeleriacError,
  RefusedError,
  ResultSet,
  type Task,
  TaskError,
  type TaskSelf,
  TimeoutError,
} from './index.ts';

const app = new Celeriac();

const add = app.task('add', (x: number, y: number) => x + y);
expectTypeOf(add).toEqualTypeOf<Task<'add', [x: number, y: number], number>>();
expectTypeOf(add(1, 2)).toEqualTypeOf<number>();
expectTypeOf(add.delay(1, 2)).toEqualTypeOf<AsyncResult<number>>();
expectTypeOf(add.applyAsync([1, 2], { countdown: '10s' })).toEqualTypeOf<AsyncResult<number>>();
expectTypeOf(add.delay(1, 2).get({ timeout: 1 })).toEqualTypeOf<Promise<number>>();
expectTypeOf(add.delay(1, 2).get({ propagate: false })).toEqualTypeOf<Promise<number | Error>>();
expectTypeOf(add.apply([1, 2])).toEqualTypeOf<AsyncResult<number>>();
// @ts-expect-error an argument is missing
add.delay(1);
// @ts-expect-error an argument has another type
add.delay(1, '2');
// @ts-expect-error an argument is missing
add.applyAsync([1]);
// @ts-expect-error no such option
add.applyAsync([1, 2], { countDown: 1 });

// The promise of an async function is not part of the result; a bound function's `self` is not an argument.
const encode = app.task(
  'media.encode',
  { bind: true, queue: 'media', maxRetries: 5 },
  async (self, file: string) => {
    expectTypeOf(self).toEqualTypeOf<TaskSelf>();
    return `${file}.mp4`;
  },
);
expectTypeOf(encode.delay).parameters.toEqualTypeOf<[file: string]>();
expectTypeOf(encode.delay('a')).toEqualTypeOf<AsyncResult<string>>();
expectTypeOf(encode('a')).toEqualTypeOf<Promise<string>>();

const lonely = app.task('lonely', { bind: true }, (self) => self.request.id);
expectTypeOf(lonely.delay).parameters.toEqualTypeOf<[]>();
const nothing = app.task('nothing', () => {});
expectTypeOf(nothing.delay()).toEqualTypeOf<AsyncResult<void>>();

const unbound = app.task(
  'unbound',
  { queue: 'slow', retryBackoff: true, autoretryFor: [TypeError] },
  (x: number) => x,
);
expectTypeOf(unbound.delay).parameters.toEqualTypeOf<[x: number]>();

// Optional and rest parameters cannot be counted.
// @ts-expect-error needs arity, args or typing: false
app.task('optional', (x: number, y?: number) => x + (y ?? 0));
// @ts-expect-error needs arity, args or typing: false
app.task('default', (x: number, y = 1) => x + y);
// @ts-expect-error needs arity, args or typing: false
app.task('rest', (...xs: number[]) => xs.length);
// @ts-expect-error needs arity, args or typing: false
app.task('optional.queue', { queue: 'slow' }, (x: number, y?: number) => x + (y ?? 0));
// @ts-expect-error needs arity, args or typing: false
app.task('optional.bound', { bind: true }, (self, y?: number) => self.request.retries + (y ?? 0));
const optional = app.task('optional.arity', { arity: [1, 2] }, (x: number, y?: number) => x + (y ?? 0));
expectTypeOf(optional.delay).parameters.toEqualTypeOf<[x: number, y?: number | undefined]>();
const untyped = app.task('untyped', { typing: false }, (...xs: number[]) => xs.length);
expectTypeOf(untyped.delay).parameters.toEqualTypeOf<number[]>();
const bound = app.task('bound.arity', { bind: true, arity: [0, 1] }, (_self, y?: number) => y);
expectTypeOf(bound.delay).parameters.toEqualTypeOf<[y?: number | undefined]>();

// A schema gives the types of the arguments.
declare const pair: StandardSchemaV1<unknown, [number, number]>;
const summed = app.task('summed', { args: pair }, (x, y) => x + y);
expectTypeOf(summed.delay).parameters.toEqualTypeOf<[number, number]>();
expectTypeOf(summed.delay(1, 2)).toEqualTypeOf<AsyncResult<number>>();

// A concurrency key is made of the task's own arguments.
const charge = app.task(
  'charge',
  { rateLimit: '10/s', concurrencyLimit: { task: 20, key: 1 }, concurrencyKey: (user: string) => user },
  (user: string, cents: number) => `${user} ${cents}`,
);
expectTypeOf(charge.delay).parameters.toEqualTypeOf<[user: string, cents: number]>();
charge.applyAsync(['ann', 5], { concurrencyKey: 'k' });
app.task('charge.bound', { bind: true, concurrencyKey: (user: string) => user }, (self, user: string) => {
  expectTypeOf(self).toEqualTypeOf<TaskSelf>();
  return user;
});
// @ts-expect-error the first argument is a string
app.task('charge.wrong', { concurrencyKey: (user: number) => `${user}` }, (user: string) => user);
// @ts-expect-error a key is a string
app.task('charge.number', { concurrencyKey: (cents: number) => cents }, (cents: number) => cents);
// @ts-expect-error a key is a string
charge.applyAsync(['ann', 5], { concurrencyKey: 5 });
// @ts-expect-error a rate is a number, or a text
app.task('charge.often', { rateLimit: true }, (user: string) => user);
expectTypeOf(app.control.rateLimit(charge, '5/s')).resolves.toHaveProperty('rateLimit');
// @ts-expect-error no such limit
void app.control.concurrencyLimit(charge, { user: 1 });

// @ts-expect-error no such option
app.task('misspelt', { maxRetry: 3 }, (x: number) => x);

// An app that only has the types knows the tasks by their names.
interface Project {
  app: typeof app;
  add: typeof add;
  encodeMedia: typeof encode;
  helper: (x: number) => number;
  VERSION: string;
  optional: typeof optional;
}
const remote = new Celeriac<Project>();
expectTypeOf(remote.tasks).toHaveProperty('add');
expectTypeOf<keyof typeof remote.tasks>().toEqualTypeOf<'add' | 'media.encode' | 'optional.arity'>();
expectTypeOf(remote.tasks.add.delay(1, 2)).toEqualTypeOf<AsyncResult<number>>();
expectTypeOf(remote.tasks['media.encode'].delay('a.mov')).toEqualTypeOf<AsyncResult<string>>();
expectTypeOf(remote.tasks['optional.arity'].delay(1)).toEqualTypeOf<AsyncResult<number>>();
// @ts-expect-error keyed by the task's name, not by the export's
remote.tasks.encodeMedia;
// @ts-expect-error an argument has another type
remote.tasks.add.delay('1', 2);
// @ts-expect-error its function is not here
remote.tasks.add(1, 2);

// Two exports with one name cannot be told apart.
interface Collision {
  add: typeof add;
  plus: typeof add;
  encode: typeof encode;
}
const colliding = new Celeriac<Collision>();
// @ts-expect-error two exports are tasks of this name
colliding.tasks.add.delay(1, 2);
expectTypeOf(colliding.tasks['media.encode'].delay('a')).toEqualTypeOf<AsyncResult<string>>();

// A handle is not thenable.
expectTypeOf(add.delay(1, 2)).not.toHaveProperty('then');
expectTypeOf(app.AsyncResult<number>('id').get()).toEqualTypeOf<Promise<number>>();
expectTypeOf(app.sendTask('add', [1, 2]).get()).toEqualTypeOf<Promise<unknown>>();
// @ts-expect-error no such option
new Celeriac({ urll: 'http://localhost' });

// Several handles as one keep their places.
const both = new ResultSet([add.delay(1, 2), encode.delay('a')]);
expectTypeOf(both.get()).toEqualTypeOf<Promise<[number, string]>>();
expectTypeOf(both.join({ propagate: false })).toEqualTypeOf<Promise<[number | Error, string | Error]>>();
const sums = new ResultSet([1, 2].map((x) => add.delay(x, x)));
expectTypeOf(sums.join()).toEqualTypeOf<Promise<number[]>>();
for await (const sum of sums) expectTypeOf(sum).toEqualTypeOf<AsyncResult<number>>();
// @ts-expect-error no handle of the kind that is in there
sums.add(encode.delay('a'));

// Routes, options of calls and handlers.
new Celeriac({
  taskRoutes: [
    { 'media.*': 'media' },
    [/^feed/, { priority: 3 }],
    (name) => (name === 'add' ? 'sums' : null),
  ],
});
add.applyAsync([1, 2], {
  headers: { tenant: 'a' },
  shadow: 'plus',
  argsRepr: '…',
  timeLimit: 5,
  acceptTimeout: '1s',
});
// @ts-expect-error headers are an object
add.applyAsync([1, 2], { headers: 'tenant' });
app.task(
  'handled',
  { bind: true, throws: [TypeError], onFailure: (self) => self.request.id },
  (self) => self.name,
);
expectTypeOf(add.delay(1, 2).children).toEqualTypeOf<readonly AsyncResult[]>();
expectTypeOf(add.delay(1, 2).parent).toEqualTypeOf<AsyncResult | null>();

// What a snapshot's result is, its kind says.
const summing = add.delay(1, 2);
const shot = summing.snapshot();
expectTypeOf(shot.state).toEqualTypeOf<string>();
if (shot.kind === 'success') expectTypeOf(shot.result).toEqualTypeOf<number>();
else if (shot.kind === 'failure' || shot.kind === 'revoked') expectTypeOf(shot.result).toEqualTypeOf<Error>();
else if (shot.kind === 'pending' || shot.kind === 'running')
  expectTypeOf(shot.result).toEqualTypeOf<undefined>();
expectTypeOf(shot.result).toEqualTypeOf<number | Error | undefined>();
expectTypeOf(
  summing.on('success', ({ result }) => expectTypeOf(result).toEqualTypeOf<number>()),
).toEqualTypeOf<() => void>();
summing.on('failure', ({ result }) => expectTypeOf(result).toEqualTypeOf<Error>(), {
  signal: new AbortController().signal,
});
summing.on('retry', ({ result }) => expectTypeOf(result).toEqualTypeOf<Error | undefined>());
summing.on('ready', ({ result }) => expectTypeOf(result).toEqualTypeOf<number | Error | undefined>());
// @ts-expect-error no such event
summing.on('sucess', () => {});
// @ts-expect-error no such option
summing.on('success', () => {}, { once: true });
expectTypeOf(summing).toExtend<AsyncResult>();
expectTypeOf(summing.store.get().kind).toEqualTypeOf<
  'pending' | 'running' | 'retry' | 'success' | 'failure' | 'revoked' | 'ignored' | 'gone'
>();
const drawn = summing.store.get();
if (drawn.kind === 'success' && drawn.trouble === null) expectTypeOf(drawn.result).toEqualTypeOf<number>();

// The code of an error says which one it is.
export function caught(error: unknown): string {
  if (isCeleriacError(error, 'TIMEOUT')) expectTypeOf(error).toEqualTypeOf<TimeoutError>();
  if (isCeleriacError(error, 'QUEUE_FULL')) {
    expectTypeOf(error.retryAfterMs).toEqualTypeOf<number | null>();
    expectTypeOf(error.code).toEqualTypeOf<'QUEUE_FULL'>();
  }
  if (isCeleriacError(error, 'LEASE_LOST')) expectTypeOf(error).toExtend<CeleriacError>();
  // @ts-expect-error no such code
  isCeleriacError(error, 'TIME_OUT');
  if (error instanceof RefusedError) expectTypeOf(error.code).toEqualTypeOf<RefusalCode>();
  if (error instanceof TimeoutError) expectTypeOf(error.code).toEqualTypeOf<'TIMEOUT'>();
  if (error instanceof TaskError) expectTypeOf(error.code).toEqualTypeOf<string>();
  if (!isCeleriacError(error)) return 'theirs';
  expectTypeOf(error.code).toEqualTypeOf<ErrorCode>();
  switch (error.code) {
    case 'TIMEOUT':
      return error.waiting ?? 'unknown';
    case 'UNKNOWN_TASK':
      return error.taskId;
    case 'OVERLOADED':
    case 'QUEUE_FULL':
      return `again after ${error.retryAfterMs} ms`;
    // @ts-expect-error no such code
    case 'QUEUE_EMPTY':
      return '';
    default:
      return error.message;
  }
}
