/** Tasks whose outcome, by rights, does not depend on where they run. The threads of a worker load this file. */
import { setTimeout as wait } from 'node:timers/promises';
import { Celeriac, currentTask, Ignore, Reject, type TaskSelf } from '@celeriac/client';
import { definePlayers } from './attempt-script.ts';

class Base extends Error {}
class Special extends Base {}

const UPPER = {
  '~standard': {
    version: 1 as const,
    vendor: 'ours',
    validate: (value: unknown) => {
      const [text] = Array.isArray(value) ? value : [];
      return typeof text === 'string'
        ? { value: [text.toUpperCase()] as [string] }
        : { issues: [{ message: 'expected text', path: [0] }] };
    },
  },
};

async function untilAborted(self: TaskSelf): Promise<void> {
  if (!self.signal.aborted) await new Promise((resolve) => self.signal.addEventListener('abort', resolve));
}

const boom = (): never => {
  throw new Error('boom');
};

/** An app of its own for each place: what its tasks note is of that place alone. */
export function makeAgreementApp(options: ConstructorParameters<typeof Celeriac>[0] = {}) {
  const app = new Celeriac({
    ...options,
    defaultRetryDelay: 0,
    maxRetries: 2,
    taskRoutes: [
      { 'routed.*': { queue: 'own', priority: 4, maxRetries: 1 } },
      (name, [how]) =>
        name === 'asked' && how === 'there'
          ? { queue: 'own', priority: 5, maxRetries: 0, expires: 60 }
          : name === 'asked' && how === 'limited'
            ? { timeLimit: 1 }
            : null,
    ],
  });
  app.registerSerializer({
    name: 'words',
    contentType: 'text/x-words',
    encode: (value) => JSON.stringify(value).replaceAll(' ', '_'),
    decode: (body) => JSON.parse(body.replaceAll('_', ' ')),
  });
  app.registerError(Special);
  const notes: unknown[] = [];
  const note = (...facts: readonly unknown[]): void => void notes.push(facts);
  const bound = { bind: true } as const;
  const loose = { bind: true, typing: false } as const;

  app.task('noted', () => notes.splice(0));

  // The nine that an executor of its own for local calls had got wrong.
  app.task('subclass', { ...bound, autoretryFor: ['Base'], maxRetries: 2 }, (self) => {
    if (self.request.retries < 2) throw new Special('again');
    return self.request.attempt;
  });
  app.task('count', (x: number, y: number) => `${x} ${y}`);
  app.task('current', bound, async (self) => {
    const before = currentTask() === self;
    await wait(1);
    return [before, currentTask()?.request.id === self.request.id];
  });
  app.task('requeued', bound, (self) => {
    if (self.request.attempt === 1) throw new Reject('again', { requeue: true });
    return [self.request.attempt, self.request.redelivered, self.request.retries];
  });
  app.task('softly', { ...bound, softTimeLimit: '50ms' }, async (self) => {
    await untilAborted(self);
    return self.signal.reason.message.replace(self.request.id, 'ID');
  });
  app.task('longState', bound, (self) => self.updateState({ state: 'x'.repeat(500) }));
  app.task('exhausted', { ...loose, maxRetries: 1 }, (self, ..._: unknown[]) => self.retry());
  app.task('reserved', bound, (self, state: string) => self.updateState({ state }));
  app.task('caller', bound, async (self) => {
    const inner = app.sendTask<unknown>('lineage', [self.request.id]);
    return inner.get({ disableSyncSubtasks: false });
  });

  // Arguments and results.
  const lineage = app.task('lineage', bound, ({ request: { id, parentId, rootId } }, parent: string) => [
    parentId === parent,
    rootId === parent,
    id === parent,
  ]);
  app.task('range', { arity: [1, 2] }, (x: number, y?: number) => x + (y ?? 2));
  app.task('anything', { typing: false }, (...args: unknown[]) => args.length);
  app.task('echo', { typing: false }, (...args: unknown[]) => args);
  app.task('upper', { args: UPPER }, (text) => text);
  app.task('gives', { typing: false }, (what: string) => {
    switch (what) {
      case 'nothing':
        return undefined;
      case 'bigint':
        return 1n;
      case 'date':
        return { at: new Date(0) };
      case 'cycle': {
        const cycle: unknown[] = [];
        cycle.push(cycle);
        return cycle;
      }
      case 'large':
        return 'x'.repeat(300_000);
      case 'function':
        return () => 1;
      case 'thenable':
        // biome-ignore lint/suspicious/noThenProperty: a query builder looks like this
        return { then: (done: (value: unknown) => void) => done(currentTask()?.name) };
      case 'trap':
        return Object.defineProperty({}, 'then', { get: boom });
      case 'generator':
        return (async () => (function* () {})())();
      default:
        return what;
    }
  });
  app.task('map', { serializer: 'devalue', bind: true }, (self, given: Map<string, Date>) => {
    self.updateState({ state: 'HALF', meta: new Set(given.keys()) });
    return new Map([...given].reverse());
  });

  // What is thrown.
  const thrown: Readonly<Record<string, () => unknown>> = {
    text: () => 'text',
    null: () => null,
    number: () => 42,
    object: () => ({ some: 'object' }),
    frozen: () => Object.freeze(new RangeError('frozen')),
    cause: () => new Error('outer', { cause: new TypeError('inner') }),
    several: () => new AggregateError([new TypeError('one'), new Special('two')], 'both'),
    code: () => Object.assign(new Error('coded'), { code: 'E_CODE' }),
    hostile: () => Object.defineProperty(new Error(), 'message', { get: boom }),
    symbol: () => Symbol('s'),
    class: () => new Special('of a class'),
    long: () => new Error('x'.repeat(300_000)),
  };
  app.task('throws', { throws: [Special], autoretryFor: ['Nobody'] }, (what: string): void => {
    throw thrown[what]?.();
  });
  app.task('rejects', async (what: string): Promise<void> => {
    await wait(1);
    throw thrown[what]?.();
  });

  // Retries.
  app.task('again', { ...bound, maxRetries: 2 }, (self, how: string) => {
    const { retries, attempt, args } = self.request;
    if (how === 'ended') return [retries, attempt, args];
    if (how === 'args') return self.retry({ args: ['ended'] });
    if (how === 'bad args') return self.retry({ args: [1n] });
    if (how === 'exc') return self.retry({ exc: new RangeError('the last') });
    if (how === 'text') return self.retry({ exc: 'text' });
    if (how === 'own limit') return self.retry({ maxRetries: 1 });
    if (how === 'more') return retries < 4 ? self.retry({ maxRetries: 10 }) : retries;
    if (how === 'long') return retries < 300 ? self.retry({ maxRetries: null }) : retries;
    if (how === 'bad') return self.retry({ countdown: -1 });
    if (how === 'both') return self.retry({ countdown: 1, eta: new Date(0) });
    if (how === 'later') return self.retry({ countdown: '10m' });
    return retries;
  });
  app.task('excepted', { autoretryFor: [Base], dontAutoretryFor: [Special] }, (): void => {
    throw new Special('not this one');
  });
  app.task('backoff', { ...bound, autoretryFor: [Base], retryBackoff: '1ms', retryJitter: false }, (self) => {
    if (self.request.retries < 3) throw new Base('again');
    return self.request.eta !== null;
  });
  app.task('untracked', { ...bound, trackStarted: false, maxRetries: 1 }, (self) => self.retry());
  app.task('ignores', (): void => {
    throw new Ignore();
  });
  app.task('refuses', { typing: false }, (reason?: string): void => {
    throw reason === 'error' ? new Reject(new RangeError('not mine')) : new Reject(reason);
  });
  app.task('neverDone', (): void => {
    throw new Reject('for ever', { requeue: true });
  });

  // Limits.
  app.task('tooLong', { ...bound, timeLimit: '50ms' }, untilAborted);
  app.task(
    'tooLongAgain',
    { ...bound, softTimeLimit: '20ms', autoretryFor: ['SoftTimeLimitExceeded'] },
    async (self) => {
      if (self.request.retries === 1) return 'second';
      await untilAborted(self);
      throw self.signal.reason;
    },
  );
  app.task('deaf', () => wait(200));
  app.task('stays', bound, async (self) => {
    await untilAborted(self);
    throw self.signal.reason;
  });

  app.task('keyed', { ...loose, concurrencyLimit: { key: 1 } }, (_, ...args: unknown[]) => args);
  app.task('appliesAnother', bound, async (self) => {
    const inner = lineage.apply([self.request.id]);
    return inner.get({ disableSyncSubtasks: false });
  });
  app.task('noResult', { ignoreResult: true }, (what: string) => (what === 'error' ? boom() : what));

  // Inside.
  app.task(
    'request',
    { ...loose, queue: 'own', priority: 3, timeLimit: 60, softTimeLimit: 30 },
    (self, ..._: unknown[]) => {
      const { id: _id, rootId, eta, expires, ...request } = self.request;
      return { ...request, root: rootId === self.request.id, eta: eta !== null, expires: expires !== null };
    },
  );
  const facts = ({ request }: TaskSelf): readonly unknown[] => {
    const { queue, priority, maxRetries, expires, retries } = request;
    return [queue, priority, maxRetries, expires !== null, retries];
  };
  for (const name of ['routed.one', 'asked'])
    app.task(name, loose, (self, how: string) => (how === 'retries' ? self.retry() : facts(self)));
  app.task('own', { ...loose, queue: 'default', maxRetries: 3, priority: 0 }, (self) => facts(self));
  app.task('waits', async () => app.sendTask('count', [1, 2]).get());
  app.task('states', bound, (self, how: string) => {
    if (how === 'empty') self.updateState({ state: '' });
    if (how === 'bigint') self.updateState({ state: 'BIG', meta: 1n });
    if (how === 'large') self.updateState({ state: 'LARGE', meta: 'x'.repeat(300_000) });
    self.updateState({ state: 'FINE', meta: { done: 1 } });
    return self.name;
  });

  // Chunks.
  app.task('counts', function* (to: number) {
    for (let at = 0; at < to; at++) yield at;
    return 'counted';
  });
  app.task('countsLater', bound, async function* (self, to: number) {
    for (let at = 0; at < to; at++) {
      await wait(1);
      yield `${self.request.attempt}.${at}`;
    }
    if (self.request.retries === 0 && to > 1) self.retry();
  });
  app.task('badChunk', function* (): Generator<unknown, unknown, undefined> {
    try {
      yield 1n;
    } catch (error) {
      return String(error);
    }
    return 'taken';
  });
  app.task('emits', bound, async (self, count: number) => {
    for (let at = 0; at < count; at++) await self.emit(at);
    return count;
  });
  app.task('floods', bound, (self) => {
    for (let at = 0; at < 2_000; at++) void self.emit(at);
  });

  // Handlers.
  app.task(
    'handled',
    {
      ...bound,
      maxRetries: 1,
      beforeStart: (self) => note('beforeStart', self.request.attempt, currentTask() === self),
      onSuccess: (self, value) => note('onSuccess', value, self.signal.aborted),
      onFailure: (_, error) => note('onFailure', String(error)),
      onRetry: (self, error) => note('onRetry', String(error), self.request.retries),
      afterReturn: (_, state) => {
        note('afterReturn', state);
        throw new Error('of a handler');
      },
    },
    (self, how: string) => {
      note('body', self.request.attempt);
      if (how === 'fails') throw new RangeError('failed');
      if (how === 'retries') self.retry({ exc: new TypeError('once more') });
      if (how === 'ignores') throw new Ignore();
      return how;
    },
  );
  app.task(
    'hasHandlersThatFail',
    { beforeStart: boom, onSuccess: boom, afterReturn: async () => boom() },
    () => 'all the same',
  );
  definePlayers(app);
  return app;
}

export const app = makeAgreementApp();
