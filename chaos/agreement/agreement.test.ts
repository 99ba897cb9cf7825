import type { ApplyOptions, Celeriac, TaskRef } from '@celeriac/client';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type AttemptScript, scripts } from './attempt-script.ts';
import { type ObservedTask, observeCall, seen, describeValue as words } from './observe.ts';
import { PlaceSetup, TASK_PLACES, type TaskPlace } from './task-places.ts';

const setups = new Map<TaskPlace, PlaceSetup>();
beforeAll(async () => {
  // Where a worker's log would have what goes wrong in handlers.
  vi.spyOn(console, 'error').mockReturnValue();
  await Promise.all(TASK_PLACES.map(async (place) => setups.set(place, await PlaceSetup.open(place))));
});
afterAll(() => Promise.all([...setups.values()].map((setup) => setup.close())));

type Probe = (app: Celeriac) => Promise<unknown>;

/** What each place tells. */
async function inAll(probe: Probe): Promise<readonly unknown[]> {
  const told = TASK_PLACES.map(async (place) => {
    const setup = setups.get(place);
    return setup === undefined ? 'not open' : probe(setup.app);
  });
  return Promise.all(told);
}

const of =
  (name: string, args: readonly unknown[] = [], options: ApplyOptions = {}): Probe =>
  (app) =>
    observeCall(app, name, args, options);

const task = (app: Celeriac, name: string): TaskRef<string, unknown[], unknown> =>
  (app.tasks as unknown as Record<string, TaskRef<string, unknown[], unknown>>)[name] as never;

const STARTED = ['PENDING submitted 0 -', 'STARTED started 1 local'];
const failed = (error: string, history = [...STARTED, 'FAILURE error 1 local']) => ({ error, history });

describe('the nine in which a local call used to differ', () => {
  test.each<readonly [string, Probe, object]>([
    [
      'autoretryFor knows a class by the name of one above it',
      of('subclass'),
      { value: 3, retries: 2, state: 'SUCCESS' },
    ],
    [
      'arguments are counted',
      of('count', [1]),
      failed('TypeError: count() takes exactly 2 arguments (1 given)'),
    ],
    ['currentTask is the task, across an await', of('current'), { value: [true, true] }],
    [
      'a Reject with requeue runs again',
      of('requeued'),
      {
        value: [2, true, 0],
        history: [
          ...STARTED,
          'PENDING requeued 1 local',
          'STARTED started 2 local',
          'SUCCESS completed 2 local',
        ],
      },
    ],
    [
      'the soft limit aborts the signal',
      of('softly'),
      { value: 'softly[ID] ran longer than its softTimeLimit of 0.05 s' },
    ],
    [
      'a state has a length',
      of('longState'),
      failed('UsageError [USAGE]: expected a custom state to be a string of 1 to 100 characters'),
    ],
    [
      'out of retries says so',
      of('exhausted', ['a']),
      {
        error: `MaxRetriesExceededError [MAX_RETRIES_EXCEEDED]: Can't retry exhausted[ID] args: ["a"]`,
        history: [...STARTED, 'RETRY retry 1 local', 'STARTED started 2 local', 'FAILURE error 2 local'],
      },
    ],
    [
      'a reserved state is refused',
      of('reserved', ['SUCCESS']),
      failed(
        "UsageError [USAGE]: 'SUCCESS' is one of Celery's own states; reserved must use another name for a custom one",
      ),
    ],
    ['a task that it calls is its child', of('caller'), { value: [true, true, false], children: 1 }],
  ])('%s', async (_, probe, expected) => {
    const [inline, ...others] = await inAll(probe);
    expect(inline).toMatchObject(expected);
    expect(others).toEqual([inline, inline]);
  });
});

/** Also of those that nobody had looked at. */
const PROBES: readonly (readonly [string, Probe])[] = [
  ...['nothing', 'bigint', 'date', 'cycle', 'large', 'function', 'thenable', 'trap', 'generator'].map(
    (what) => [`gives ${what}`, of('gives', [what])] as const,
  ),
  ...[
    ...['text', 'null', 'number', 'object', 'frozen', 'cause', 'several', 'code', 'hostile', 'symbol'],
    ...['class', 'long', 'undefined'],
  ].flatMap((what) => [
    [`throws ${what}`, of('throws', [what])] as const,
    [`rejects with ${what}`, of('rejects', [what])] as const,
  ]),
  ...['args', 'bad args', 'exc', 'text', 'own limit', 'more', 'bad', 'both', 'until it may not'].map(
    (how) => [`retries: ${how}`, of('again', [how])] as const,
  ),
  ['a retry after its time is revoked', of('again', ['later'], { expires: '10s' })],
  ['an exception to autoretryFor', of('excepted')],
  ['a backoff has an ETA', of('backoff')],
  ['a start that is not shown', of('untracked')],
  ['Ignore', of('ignores')],
  ['Reject', of('refuses')],
  ['Reject with a text', of('refuses', ['why'])],
  ['Reject with an error', of('refuses', ['error'])],
  ['Reject for ever', of('neverDone')],
  ['the hard limit', of('tooLong')],
  ['a soft limit that is retried', of('tooLongAgain')],
  ['a limit of the call', of('stays', [], { softTimeLimit: '20ms' })],
  ['a limit of the call that nobody keeps', of('deaf', [], { timeLimit: '50ms', softTimeLimit: '20ms' })],
  ['a limit that makes no sense', of('tooLong', [], { softTimeLimit: '10s' })],
  ['one argument too many', of('count', [1, 2, 3])],
  ['an optional argument', of('range', [1])],
  ['too few for an arity', of('range', [])],
  ['any number of arguments', of('anything', [1, 2, 3])],
  ['undefined at the end of the arguments', of('anything', [1, undefined, undefined])],
  ['undefined between them', of('anything', [undefined, 1])],
  ['arguments that cannot be written', of('echo', [1n])],
  ['arguments that are too large', of('echo', ['x'.repeat(300_000)])],
  ['a schema that changes them', of('upper', ['text'])],
  ['a schema that refuses them', of('upper', [7])],
  [
    'another serializer',
    of('map', [
      new Map([
        ['a', new Date(1)],
        ['b', new Date(2)],
      ]),
    ]),
  ],
  ['a serializer of the call', of('echo', [new Set([1n])], { serializer: 'devalue' })],
  ['a serializer that is not there', of('echo', [1], { serializer: 'xml' })],
  ['self.request', of('request', [1, 'two', null])],
  [
    'self.request of a call with options',
    of('request', [], {
      ...{ headers: { trace: 'abc', deep: { er: [1] } }, shadow: 'shown', argsRepr: '(***)', priority: 7 },
      ...{ countdown: 0.01, expires: '1h', timeLimit: 10, softTimeLimit: 0 },
    }),
  ],
  ['a route by name', of('routed.one', ['here'])],
  ['a route by name, retried', of('routed.one', ['retries'])],
  ['a route by function', of('asked', ['there'])],
  ['a route by function that leaves it', of('asked', ['here'])],
  ['a task that says all itself', of('own')],
  ['a serializer of the app’s own', of('echo', ['a b'], { serializer: 'words' })],
  ['another queue', of('echo', [1], { queue: 'own' })],
  [
    'a result that is not wanted',
    async (app) => {
      const result = app.sendTask('echo', [1], { ignoreResult: true });
      const atOnce = await result.get();
      const states: unknown[] = [];
      if (!result.ready()) for await (const { state } of result.updates()) states.push(state);
      return [atOnce, await seen(result), result.result, (await result.accepted).kept];
    },
  ],
  ['what expires before it is due', of('echo', [1], { countdown: '10s', expires: '50ms' })],
  ['an option that does not exist', of('echo', [1], { countdwn: 1 } as ApplyOptions)],
  ['a task waits for another', of('waits')],
  ...['empty', 'bigint', 'large', 'fine'].map((how) => [`a state: ${how}`, of('states', [how])] as const),
  ['a chunk that cannot be written', of('badChunk')],
  ['chunks that are awaited', of('emits', [600])],
  ['chunks that nobody awaits', of('floods')],
  ['a generator’s result', of('counts', [3])],
  ['handlers that fail', of('hasHandlersThatFail')],
  ...['fine', 'fails', 'retries', 'ignores'].map((how): readonly [string, Probe] => [
    `handlers: ${how}`,
    async (app) => {
      await observeCall(app, 'noted');
      const outcome = await observeCall(app, 'handled', [how]);
      return [outcome, await observeCall(app, 'noted')];
    },
  ]),
  [
    'links after a success',
    async (app) => {
      const { s, si } = { s: task(app, 'echo').s, si: task(app, 'echo').si };
      const result = app.sendTask('count', [1, 2], { link: [s('own'), si('alone')], linkError: s('never') });
      const outcome = await seen(result);
      const linked = await Promise.all(
        result.children.map(async (child) => [await child.get(), child.parent?.id === result.id]),
      );
      return [outcome, linked];
    },
  ],
  [
    'links after a failure',
    async (app) => {
      const echo = task(app, 'echo');
      const result = app.sendTask('throws', ['code'], { link: echo.s('never'), linkError: echo.s('own') });
      const outcome = await seen(result);
      const [child] = result.children;
      const given = (await child?.get()) as [string, { name: string; message: string }, string];
      return [outcome, given[0] === result.id, given[1].name, given[1].message, given[2]];
    },
  ],
  [
    'links of links',
    async (app) => {
      const echo = task(app, 'echo');
      const result = app.sendTask('echo', [1], { link: echo.s(2).link(echo.s(3)) });
      await result.get();
      return result.getLeaf();
    },
  ],
  [
    'chunks',
    async (app) => {
      const chunks: unknown[] = [];
      for await (const chunk of app.sendTask('counts', [5]).stream()) chunks.push(chunk);
      return chunks;
    },
  ],
  [
    'chunks of a task that is retried',
    async (app) => {
      const told: unknown[] = [];
      const onRestart = (restart: object): void => void told.push(restart);
      for await (const chunk of app.sendTask('countsLater', [2]).stream({ onRestart })) told.push(chunk);
      return told;
    },
  ],
  [
    'a revoke',
    async (app) => {
      const result = app.sendTask('stays');
      for await (const { state } of result.updates()) if (state === 'STARTED') break;
      const verdict = await result.revoke();
      return [verdict, await seen(result), await result.revoke()];
    },
  ],
  [
    'what is forgotten',
    async (app) => {
      const result = app.sendTask('echo', [1]);
      await result.get();
      const dropped = [await result.forget(), await result.forget()];
      return [dropped, await result.get().catch((error: unknown) => words(error, result.id)), result.state];
    },
  ],
  [
    'a look at all that is known',
    async (app) => {
      const result = app.sendTask('echo', [1, 'two']);
      await result.get();
      const { known, result: value, state } = await result.refresh();
      const { kept, queue } = await result.accepted;
      return [known, value, state, kept, queue, result.args, await result.exists(), result.parent];
    },
  ],
  [
    'a handle made of its id',
    async (app) => {
      const called = app.sendTask('echo', [1]);
      const [other] = [app.AsyncResult(called.id), app.resultFromTuple(called.asTuple())];
      return [await seen(called), await seen(other), other.name, await other.exists()];
    },
  ],
  [
    'a call made twice under one id',
    async (app) => {
      const again = (args: readonly unknown[], options: ApplyOptions = {}): Promise<ObservedTask | string> =>
        observeCall(app, 'requeued', args, { taskId: 'twice', ...options });
      return [await again([]), await again([]), await again([1]), await again([], { priority: 3 })];
    },
  ],
  ['a soft limit above that of a route', of('asked', ['limited'], { softTimeLimit: 2 })],
  ['a call without the key that its task needs', of('keyed', [1])],
  ['a call with its key', of('keyed', [1], { concurrencyKey: 'k' })],
  ...[['twice', 'twice'] as const, ['first', 'the call'] as const].map(
    ([one, other]): readonly [string, Probe] => [
      `links of one id: ${one}, ${other}`,
      (app) => {
        const link = [one, other].map((taskId) => task(app, 'echo').s().set({ taskId }));
        return observeCall(app, 'count', [1, 2], { taskId: 'the call', link });
      },
    ],
  ),
  [
    'links that are too large together',
    (app) => {
      const link = Array.from({ length: 6 }, () => task(app, 'echo').si('x'.repeat(200_000)));
      return observeCall(app, 'count', [1, 2], { link });
    },
  ],
  [
    'a history that is too long to be kept whole',
    async (app) => {
      const result = app.sendTask('again', ['long']);
      const called = await seen(result);
      const { omitted } = result.snapshot();
      const other = app.AsyncResult(result.id);
      return [called, omitted, await seen(other), (await other.refresh()).omitted];
    },
  ],
  ['a task that applies another', of('appliesAnother')],
  ['what has expired', of('echo', [1], { expires: new Date(0) })],
  [
    'a child, looked at by its own handle',
    async (app) => {
      const result = app.sendTask('caller');
      await result.get();
      const [child] = result.children;
      await child?.refresh();
      const all: unknown[] = [];
      for await (const [parent, one] of result.iterdeps()) all.push([parent?.name, one.name, one.state]);
      return [child?.name, child?.state, child?.result, child?.history.length, all, child?.args?.length];
    },
  ],
  [
    'a result that is ignored by a task, and its error',
    async (app) => {
      const result = app.sendTask('noResult', ['value']);
      const { kept } = await result.accepted;
      return [kept, await seen(result), await observeCall(app, 'noResult', ['error'])];
    },
  ],
];

test.each(PROBES)('%s is the same in all places', async (_, probe) => {
  const [inline, ...others] = await inAll(probe);
  expect(others).toEqual([inline, inline]);
});

/** Chunks of the last attempt: whether a reader was there for those before is chance. */
async function played(app: Celeriac, player: string, script: AttemptScript): Promise<unknown> {
  const result = app.sendTask(player, [script]);
  const chunks: unknown[] = [];
  const read = async (): Promise<void> => {
    for await (const chunk of result.stream({ onRestart: () => chunks.splice(0) })) chunks.push(chunk);
  };
  await read().catch(() => undefined);
  return [await seen(result), chunks];
}

test('scripts of any kind play the same in all places', async () => {
  await fc.assert(
    fc.asyncProperty(scripts, async ([player, script]) => {
      const [inline, ...others] = await inAll((app) => played(app, player, script));
      expect(others).toEqual([inline, inline]);
    }),
    { numRuns: 150 },
  );
});
