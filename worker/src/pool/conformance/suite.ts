/** What every pool promises. What only those with children can do is {@link childrenSuite}. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, onTestFinished, test } from 'vitest';
import type { WorkerOptions } from '../../options.ts';
import { Bench } from './bench.ts';

interface Benches {
  /** One for all tests of a suite: children cost their start. Two bodies at a time. */
  shared(): Bench;
  own(options?: WorkerOptions): Bench;
}

function benches(pool: WorkerOptions['pool']): Benches {
  const open: Bench[] = [];
  let one: Bench | undefined;
  afterEach(async () => {
    await Promise.all(open.splice(0).map((bench) => bench.close()));
  });
  afterAll(() => one?.close());
  return {
    shared: () => {
      one ??= new Bench({ pool, concurrency: 2 });
      return one;
    },
    own: (options) => {
      const bench = new Bench({ pool, ...options });
      open.push(bench);
      return bench;
    },
  };
}

/** What `deaf` waits for: the path of a file, and what makes it. */
function makeGate(): { readonly path: string; open(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-pool-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'open');
  return { path, open: () => writeFileSync(path, '') };
}

export function poolSuite(pool: 'inline' | 'threads' | 'processes'): void {
  const { shared, own } = benches(pool);

  describe(`a body in the pool ${pool}`, () => {
    test('gets its arguments and gives its result', async () => {
      const run = shared().run('add', [2, 3]);
      expect(await run.value()).toBe(5);
      expect(run.told[0]).toEqual(['began', undefined]);
    });

    test('knows itself, also after an await, beside others', async () => {
      const bench = shared();
      const limits = { timeLimitMs: 20_000, softTimeLimitMs: 10_000 };
      const runs = ['a', 'b', 'c'].map((id) => bench.run('who', [id], { id, ...limits }));
      const told = await Promise.all(runs.map((run) => run.value()));
      expect(told).toEqual(
        ['a', 'b', 'c'].map((id) => ({
          label: id,
          name: 'who',
          id,
          args: [id],
          worker: 'bench',
          timeLimit: 20,
          softTimeLimit: 10,
          now: id,
        })),
      );
    });

    test('runs at the same time as others', async () => {
      const bench = shared();
      const runs = [bench.run('stays'), bench.run('stays')];
      await Promise.all(runs.map((run) => run.hears('HERE')));
      for (const run of runs) run.abort('revoked');
      expect(await Promise.all(runs.map((run) => run.value()))).toEqual([
        'TaskRevokedError',
        'TaskRevokedError',
      ]);
    });

    test('shows its progress in order, before its end', async () => {
      const run = shared().run('steps');
      await run.outcome();
      expect(run.told.slice(1)).toEqual([
        ['PROGRESS', '{"done":1}'],
        ['PROGRESS', '{"done":2}'],
        ['settled', ['success', '']],
      ]);
    });

    test("writes into the worker's log", async () => {
      const bench = shared();
      await bench.run('says', [], { id: 'i' }).outcome();
      const lines = bench.lines.filter(({ msg }) => msg === 'a word');
      expect(lines).toMatchObject([{ level: 40, task: 'says', id: 'i', fact: 7 }]);
    });

    test.each([
      ['revoked', 'TaskRevokedError'],
      ['lease-lost', 'LeaseLostError'],
      ['soft-limit', 'SoftTimeLimitExceeded'],
    ] as const)('hears that it is to stop: %s', async (reason, error) => {
      const run = shared().run('stays');
      await run.hears('HERE');
      run.abort(reason);
      expect(await run.value()).toBe(error);
    });

    test('fails with the error that it throws', async () => {
      const bench = shared();
      expect(await bench.run('fails', ['built in']).failure()).toMatchObject({
        name: 'TypeError',
        traceback: expect.stringMatching(/conformance\/tasks\.ts:\d+/),
      });
      expect(await bench.run('fails', ['custom']).failure()).toMatchObject({
        name: 'OddError',
        code: 'ODD',
        data: { odd: [1, 3] },
        cause: { name: 'RangeError', message: 'even' },
      });
      expect(await bench.run('fails', ['several']).failure()).toMatchObject({
        name: 'AggregateError',
        errors: [{ name: 'TypeError' }, { name: 'OddError', code: 'ODD' }],
      });
      expect(await bench.run('fails', ['just text']).failure()).toMatchObject({ message: 'just text' });
    });

    test('is tried again where it asks for that', async () => {
      const again = expect.stringContaining('again');
      const [kind, error, exhausted, countdownMs] = await shared().run('tries').outcome();
      expect([kind, error, exhausted, countdownMs]).toEqual(['retry', again, again, 1_000]);
    });

    test('fails with a result that cannot travel, and with arguments that it does not take', async () => {
      const bench = shared();
      expect(await bench.run('returnsFunction').failure()).toMatchObject({
        name: 'PayloadError',
        message: expect.stringContaining('result of returnsFunction'),
      });
      expect(await bench.run('add', [1]).failure()).toMatchObject({
        message: 'add() takes exactly 2 arguments (1 given)',
      });
    });

    test('that nobody has defined goes back to the queue', async () => {
      const [kind, , requeue] = await shared().run('nobody').outcome();
      expect([kind, requeue]).toEqual(['rejected', true]);
    });

    test('lends its slot while it waits for another, which runs beside it', async () => {
      const bench = own();
      const outer = bench.run('lends');
      expect(await outer.hears('waits')).toBe(true);
      expect(await bench.run('add', [1, 1]).value()).toBe(2);
      outer.abort('revoked');
      await outer.outcome();
      expect(outer.told.slice(1, 3)).toEqual([
        ['waits', true],
        ['waits', false],
      ]);
    });

    test('that lets the soft limit escape fails with it, wrapped or not', async () => {
      const run = shared().run('escapes', [], { softTimeLimitMs: 30 });
      expect(await run.failure()).toMatchObject({ name: 'SoftTimeLimitExceeded' });
    });

    test('is told of before its handlers hear of it, and these are not charged to its limits', async () => {
      const bench = shared();
      const run = bench.run('tells', [], { id: 'told', softTimeLimitMs: 20, timeLimitMs: 20_000 });
      expect(await run.value()).toBe('SoftTimeLimitExceeded');
      expect(bench.lines.filter(({ id }) => id === 'told')).toEqual([]);
      expect(run.told.map(([what]) => what)).toEqual(['began', 'settled']);
      // Sent while it ended: what asks a body to stop is nothing to its handlers.
      run.abort('soft-limit');
      run.abort('revoked');
      run.follow?.(true);
      expect(await run.hears('followed')).toBeUndefined();
      expect(bench.lines.filter(({ id }) => id === 'told')).toMatchObject([
        { msg: 'onSuccess', value: 'SoftTimeLimitExceeded' },
        { msg: 'afterReturn', stopped: false },
      ]);
    });

    test('whose outcome was refused ends without its handlers', async () => {
      const bench = shared();
      const run = bench.run('tells', [], { id: 'refused', softTimeLimitMs: 20 });
      await run.outcome();
      run.follow?.(false);
      await run.hears('followed');
      expect(bench.lines.filter(({ id }) => id === 'refused')).toEqual([]);
      expect(await bench.run('add', [1, 1]).value()).toBe(2);
    });

    test('that heeds no limit has timed out, and is gone later', async () => {
      const gate = makeGate();
      const run = shared().run('deaf', [gate.path], { softTimeLimitMs: 20, timeLimitMs: 60 });
      const timedOut = await run.hears('timed out');
      expect(run.told.map(([what]) => what)).not.toContain('settled');
      gate.open();
      await run.outcome();
      expect(timedOut).toMatchObject(['timed-out', expect.stringContaining('0.06 s')]);
    });
  });
}

/** What a pool promises whose bodies have a thread or process each. */
export function childrenSuite(pool: 'threads' | 'processes'): void {
  const { shared, own } = benches(pool);

  describe(`a body in a child of the pool ${pool}`, () => {
    test('that never gives way is ended by its hard limit, and others run on', async () => {
      const bench = shared();
      const gate = makeGate();
      const neighbour = bench.run('deaf', [gate.path]);
      const run = bench.run('spins', [], { timeLimitMs: 100 });
      expect(await run.outcome()).toEqual(['lost', 'was ended by force (time-limit)']);
      expect(run.told.map(([what]) => what)).toContain('timed out');
      expect(neighbour.told.map(([what]) => what)).not.toContain('settled');
      gate.open();
      expect((await neighbour.outcome())[0]).toBe('success');
      expect(await bench.run('add', [1, 1]).value()).toBe(2);
    });

    test('is ended by a revoke with terminate, after its grace', async () => {
      const bench = shared();
      const run = bench.run('spins');
      await run.hears('HERE');
      const asked = performance.now();
      run.abort('revoked', true, 200);
      expect(await run.outcome()).toEqual(['lost', 'was ended by force (revoked)']);
      expect(performance.now() - asked).toBeGreaterThanOrEqual(199);
      expect(await bench.run('add', [1, 1]).value()).toBe(2);
    });

    test.each(['tellsForEver', 'tellsDeaf'])(
      'whose handlers never end is ended with them: %s',
      async (task) => {
        const bench = shared();
        const run = bench.run(task, [], { id: task });
        expect(await run.value()).toBe(1);
        run.follow?.(true);
        run.abort('handler-limit', true, 100);
        expect(await run.hears('followed')).toMatch(/was ended by force \(handler-limit\)$/);
        expect(await bench.run('add', [1, 1]).value()).toBe(2);
      },
    );

    test('that heeds its revoke in time keeps its child', async () => {
      const bench = shared();
      const before = await bench.run('where').value();
      const run = bench.run('stays');
      await run.hears('HERE');
      run.abort('revoked', true, 10_000);
      expect(await run.value()).toBe('TaskRevokedError');
      expect(await bench.run('where').value()).toBe(before);
    });

    test('is ended at once by a hurried shutdown', async () => {
      const run = own().run('spins');
      await run.hears('HERE');
      run.abort('shutdown', true, 0);
      expect((await run.outcome())[0]).toBe('lost');
    });

    test.each(['exits', 'leavesRejection'])('that takes its child down is lost alone: %s', async (task) => {
      const bench = shared();
      const neighbour = bench.run('stays');
      await neighbour.hears('HERE');
      expect(await bench.run(task).outcome()).toEqual(['lost', expect.stringMatching(/^ended \(.+\)/)]);
      neighbour.abort('revoked');
      expect(await neighbour.value()).toBe('TaskRevokedError');
      expect(await bench.run('add', [1, 1]).value()).toBe(2);
    });

    test('that leaves a rejection to nobody is named in the log', async () => {
      const bench = shared();
      await bench.run('leavesRejection', [], { id: 'careless' }).outcome();
      expect(bench.lines.find(({ id }) => id === 'careless')).toMatchObject({
        level: 60,
        task: 'leavesRejection',
        error: 'Error: nobody caught me',
      });
    });

    test('has a fresh child after so many runs, and no run is lost', async () => {
      const bench = own({ maxTasksPerChild: 2 });
      const places: unknown[] = [];
      for (let run = 0; run < 5; run++) places.push(await bench.run('where').value());
      const [a, b, c, d, e] = places;
      expect([a === b, b === c, c === d, d === e]).toEqual([true, false, true, false]);
    });

    test('has a fresh child when the last one had grown too much', async () => {
      const bench = own({ maxMemoryPerChild: pool === 'threads' ? '80mb' : '170mb' });
      const small = await bench.run('grows', [1]).value();
      expect(await bench.run('grows', [100]).value()).toBe(small);
      expect(await bench.run('grows', [1]).value()).not.toBe(small);
    });
  });
}
