import { getEventListeners } from 'node:events';
import { CeleriacError, ClosedError, RefusedError } from '@celeriac/protocol';
import type { StreamItem } from '@celeriac/protocol/internal';
import type { Timer } from '@celeriac/runtime';
import { ManualClock } from '@celeriac/runtime/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { Celeriac } from '../celeriac.ts';
import type { AsyncResult } from '../result/async-result.ts';
import { standing, TestApp } from '../test/app.ts';
import { FakeGateway, snapshot, transition } from '../test/fake-gateway.ts';
import { WINDOW } from './pending-submits.ts';

let t: TestApp;
beforeEach(() => {
  t = new TestApp();
});

describe('a session', () => {
  test('is opened by the first call, and nothing is sent before the welcome', async () => {
    expect(t.gateway.sessions).toHaveLength(0);
    expect(t.app.connection.state).toBe('idle');
    t.app.sendTask('add', [1, 2]);
    await t.turn();
    expect(t.app.connection.state).toBe('connecting');
    expect(t.session.frames).toEqual([]);
    await t.welcome();
    expect(t.app.connection.state).toBe('open');
    expect(t.session.names).toEqual(['submit']);
  });

  test('takes the calls of one turn in one frame, and a lone call at once', async () => {
    t.app.sendTask('add', [0]);
    await t.welcome();
    for (let n = 0; n < 50; n++) t.app.sendTask('add', [n]);
    expect(t.session.names).toEqual(['submit']);
    await t.turn();
    expect(t.session.sent('submit').map((items) => items.length)).toEqual([1, 50]);
  });

  test('cuts frames by size, and lets no more than a window out', async () => {
    t.app.sendTask('add', []);
    await t.welcome();
    await t.turn();
    for (let n = 0; n < 3; n++) t.app.sendTask('big', ['x'.repeat(200_000)]);
    await t.turn();
    for (let n = 0; n < WINDOW; n++) t.app.sendTask('add', [n]);
    await t.turn();
    expect(t.session.sent('submit').map((items) => items.length)).toEqual([1, 1, 1, 1, WINDOW - 4]);
  });

  test('sends a definition once per session and name, before its first submit, app under task', async () => {
    t = new TestApp({ queue: 'app', maxRetries: 7 });
    const add = t.app.task('add', { queue: 'sums' }, (x: number) => x);
    add.delay(1);
    await t.welcome();
    add.delay(2);
    t.app.sendTask('elsewhere', []);
    await t.turn();
    expect(t.session.names).toEqual(['define', 'submit', 'submit']);
    expect(t.session.sent('define')).toEqual([[['add', { queue: 'sums', maxRetries: 7 }]]]);
    t.session.lose();
    await t.clock.advance(200);
    await t.welcome();
    expect(t.session.names).toEqual(['define', 'submit']);
  });

  test('gets what is unconfirmed again, in order, before the watches', async () => {
    const results = ['a', 'b', 'c'].map((id) => t.app.sendTask('add', [], { taskId: id }));
    t.app.AsyncResult('foreign').ready();
    const session = await t.welcome();
    expect(session.names).toEqual(['submit', 'watch']);
    session
      .accept('b')
      .events(transition('b', 2, 'STARTED'))
      .lose();
    expect(t.app.connection.state).toBe('reconnecting');
    await t.clock.advance(100);
    await t.welcome();
    expect(t.session.names).toEqual(['submit', 'watch', 'watch']);
    expect(t.session.submits.map(([id, , , , ageMs]) => [id, ageMs])).toEqual([
      ['a', t.clock.monotonic()],
      ['c', t.clock.monotonic()],
    ]);
    expect(t.session.sent('watch')).toEqual([
      { epoch: 'epoch-1', tasks: [['b', 2, 2_000]] },
      { epoch: null, tasks: [['foreign', 0]] },
    ]);
    expect(results).toHaveLength(3);
  });

  test('comes back with growing, jittered waits, within 3 s of a gateway that is there again', async () => {
    t.app.sendTask('add', []);
    await t.turn();
    let waited = 0;
    for (let failures = 1; failures <= 10; failures++) {
      t.session.lose();
      const from = t.clock.monotonic();
      while (t.gateway.sessions.length === failures) await t.clock.advance(10);
      waited = t.clock.monotonic() - from;
      expect(waited).toBeLessThanOrEqual(Math.min(100 * 2 ** (failures - 1), 2_500) + 10);
    }
    expect(waited).toBeGreaterThanOrEqual(1_250);
  });

  test('that is short does not lengthen the wait much, unless it is one of many', async () => {
    t.app.sendTask('add', []);
    await t.turn();
    for (let failures = 0; failures < 6; failures++) {
      t.session.lose();
      await t.clock.advance(5_000);
    }
    await t.welcome();
    t.session.lose();
    await t.clock.advance(200);
    for (let kicks = 2; kicks < 6; kicks++) {
      await t.welcome();
      t.session.lose();
      await t.clock.advance(100 * 2 ** kicks);
    }
    const { length } = t.gateway.sessions;
    await t.welcome();
    t.session.lose();
    // The wait is between 1.6 and 3.2 s by now.
    await t.clock.advance(1_500);
    expect(t.gateway.sessions).toHaveLength(length);
  });

  test('comes back within 3 s of a gateway that was killed again and again, and then stayed away', async () => {
    t.app.sendTask('add', []);
    await t.turn();
    for (let kills = 0; kills < 4; kills++) {
      await t.welcome();
      t.session.lose();
      const { length } = t.gateway.sessions;
      while (t.gateway.sessions.length === length) await t.clock.advance(10);
    }
    for (let tries = 0; tries < 10; tries++) {
      t.session.lose();
      const { length } = t.gateway.sessions;
      const from = t.clock.monotonic();
      while (t.gateway.sessions.length === length) await t.clock.advance(10);
      expect(t.clock.monotonic() - from).toBeLessThanOrEqual(2_510);
    }
  });

  test('that is refused says why, and is tried again slowly', async () => {
    const changes: string[] = [];
    t.app.connection.on('change', ({ state }) => changes.push(state));
    t.app.sendTask('add', []);
    await t.turn();
    t.session.lose('UNAUTHENTICATED');
    expect(t.app.connection.state).toBe('reconnecting');
    expect(t.app.connection.reason).toBeInstanceOf(RefusedError);
    expect(t.app.connection.reason).toMatchObject({ code: 'UNAUTHENTICATED' });
    await t.clock.advance(2_000);
    expect(t.gateway.sessions).toHaveLength(1);
    await t.clock.advance(3_000);
    await t.welcome();
    expect(t.app.connection).toMatchObject({ state: 'open', reason: null });
    expect(changes).toEqual(['connecting', 'reconnecting', 'open']);
  });

  test('that never welcomes us is given up', async () => {
    t.app.AsyncResult('a').ready();
    await t.turn();
    await t.clock.advance(20_200);
    expect(t.gateway.sessions).toHaveLength(2);
    expect(t.gateway.sessions[0]?.closed).toBe(true);
  });

  test('is left for the time that the gateway asks for', async () => {
    t.app.AsyncResult('a').ready();
    await t.welcome();
    t.session.goaway(3_000).lose();
    await t.clock.advance(2_999);
    expect(t.gateway.sessions).toHaveLength(1);
    await t.clock.advance(101);
    expect(t.gateway.sessions).toHaveLength(2);
  });
});

describe('closing', () => {
  test('waits for receipts, then ends all waiting', async () => {
    const result = t.app.sendTask('add', [], { taskId: 'a' });
    const value = result.get();
    const foreign = t.app.AsyncResult('b').get({ timeout: 60 });
    await t.welcome();
    const closed = t.app.close();
    await t.turn();
    expect(await standing(closed)).toBe('pending');
    t.session.accept('a');
    await closed;
    await expect(value).rejects.toBeInstanceOf(ClosedError);
    await expect(foreign).rejects.toBeInstanceOf(ClosedError);
    await expect(t.app.AsyncResult('c').get()).rejects.toBeInstanceOf(ClosedError);
    expect(() => t.app.sendTask('add', [])).toThrow(ClosedError);
    expect(t.session.closed).toBe(true);
    expect(t.app.connection.state).toBe('closed');
    expect(t.clock.timers).toBe(0);
  });

  test('waits no longer than its timeout', async () => {
    const result = t.app.sendTask('add', []);
    const closed = t.app.close({ timeout: 2 });
    await t.clock.advance(2_000);
    await closed;
    await expect(result.accepted).rejects.toBeInstanceOf(ClosedError);
    expect(t.clock.timers).toBe(0);
  });

  test('an app that was never used closes at once', async () => {
    await t.app.close();
    expect(t.gateway.sessions).toHaveLength(0);
  });

  test('flush waits for the calls made so far', async () => {
    await t.app.flush();
    const first = t.app.sendTask('add', []);
    await t.welcome();
    const flushed = t.app.flush();
    const second = t.app.sendTask('add', []);
    await t.turn();
    t.session.accept(second.id);
    expect(await standing(flushed)).toBe('pending');
    t.session.accept(first.id);
    await flushed;
  });
});

describe('finding 8: an app whose token has ended for good', () => {
  test('ends everything that waits with that, and tries no more', async () => {
    const accepted = await t.accepted();
    const watched = t.app.AsyncResult('theirs');
    const pending = [accepted.get(), watched.get(), t.app.sendTask('add', [1]).accepted];
    await t.turn();
    const asked = [t.app.control.purge('media'), t.app.AsyncResult('x').revoke()];
    const chunks = accepted.stream()[Symbol.asyncIterator]().next();
    const troubles: (Error | null)[] = [];
    t.app.monitor.queues().subscribe(({ trouble }) => troubles.push(trouble));
    await t.turn();
    t.session.loseForGood('TOKEN_EXPIRED');
    await t.turn();
    const all = await Promise.allSettled([...pending, ...asked, chunks]);
    const codes = all.map((one) =>
      one.status === 'rejected' ? (one.reason.cause?.code ?? one.reason.code) : 'kept',
    );
    expect(codes).toEqual(Array.from({ length: 6 }, () => 'TOKEN_EXPIRED'));
    expect(troubles.at(-1)).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(t.app.connection).toMatchObject({ state: 'closed', reason: { code: 'TOKEN_EXPIRED' } });
    const { length } = t.gateway.sessions;
    await t.clock.advance(60 * 60_000);
    expect([t.gateway.sessions.length, t.clock.timers]).toEqual([length, 0]);
  });

  test('refuses whatever comes later, at once', async () => {
    await t.accepted();
    t.session.loseForGood('TOKEN_REVOKED');
    await t.turn();
    const late = [
      t.app.sendTask('add', [1]).accepted,
      t.app.AsyncResult('theirs').get(),
      t.app.control.purge('media'),
      t.app.AsyncResult('a').stream()[Symbol.asyncIterator]().next(),
    ];
    for (const one of late) {
      expect(await standing(one)).toMatchObject(['rejected', expect.toSatisfy(isRevoked)]);
    }
    await t.app.close();
    expect(() => t.app.sendTask('add', [1])).toThrow(ClosedError);
  });

  test('says of a call without a receipt that nobody knows', async () => {
    const sent = t.app.sendTask('add', [1], { taskId: 'sent' });
    await t.welcome();
    const unsent = t.app.sendTask('add', [2], { taskId: 'unsent' });
    t.session.loseForGood('TOKEN_EXPIRED');
    await t.turn();
    expect(await standing(sent.accepted)).toMatchObject([
      'rejected',
      { code: 'NOT_ACCEPTED', indeterminate: true },
    ]);
    expect(await standing(unsent.accepted)).toMatchObject(['rejected', { indeterminate: false }]);
  });
});

function isRevoked(error: Error): boolean {
  const { cause = error } = error;
  return cause instanceof RefusedError && cause.code === 'TOKEN_REVOKED';
}

test('a watch whose right was taken away ends its handle, and no other', async () => {
  const own = await t.accepted();
  const theirs = t.app.AsyncResult('theirs').get();
  await t.turn();
  t.session.snapshots(snapshot('theirs'));
  await t.turn();
  t.session.refuse('FORBIDDEN', ['theirs', 'a']);
  expect(await standing(theirs)).toMatchObject(['rejected', { code: 'FORBIDDEN' }]);
  t.session.events(transition('a', 2, 'STARTED'));
  expect(own.state).toBe('STARTED');
});
describe('finding 18: a gateway that speaks nonsense in every session', () => {
  const nonsense = new CeleriacError('BAD_FRAME', 'cannot read what the gateway sent');

  test('is given up as one that is away, though it is there again each time', async () => {
    t = new TestApp({ giveUpAfter: '1m' });
    const ended = (await t.accepted()).get();
    const begun = t.clock.monotonic();
    for (let sessions = 0; (await standing(ended)) === 'pending' && sessions < 100; sessions++) {
      await t.clock.advance(1_500);
      t.session.lose(nonsense);
      await t.welcome();
    }
    expect(await standing(ended)).toMatchObject([
      'rejected',
      { code: 'GATEWAY_UNREACHABLE', cause: nonsense },
    ]);
    expect(t.clock.monotonic() - begun).toBeLessThan(70_000);
    expect(t.app.connection.state).toBe('open');
  });

  test('is not given up for what it said long ago', async () => {
    t = new TestApp({ giveUpAfter: '1m' });
    const ended = (await t.accepted()).get();
    for (let sessions = 0; sessions < 3; sessions++) {
      await t.clock.advance(70_000);
      t.session.lose(nonsense);
      await t.welcome();
    }
    for (let sessions = 0; sessions < 60; sessions++) {
      await t.clock.advance(2_000);
      t.session.lose(sessions % 2 === 0 ? nonsense : undefined);
      await t.welcome();
    }
    expect(await standing(ended)).toBe('pending');
  });
});

describe('what is refused for now', () => {
  test('goes again together, when that was said, in no later session once more', async () => {
    t.app.sendTask('add', [1, 2]);
    await t.welcome();
    t.session.refuse('OVERLOADED', [], 500).refuse('OVERLOADED', [], 400).refuse('OVERLOADED', [], 450);
    await t.clock.advance(399);
    expect(t.session.submits).toHaveLength(1);
    await t.clock.advance(1_000);
    expect(t.session.submits).toHaveLength(2);
    t.session.refuse('OVERLOADED', [], 10_000);
    t.session.lose();
    await t.welcome();
    expect(t.session.submits).toHaveLength(1);
    await t.clock.advance(15_000);
    expect(t.session.submits).toHaveLength(1);
  });
});

const which = fc.nat(20);
const act = fc.oneof(
  fc.tuple(fc.constantFrom('calls', 'calls briefly', 'calls once'), which),
  fc.tuple(fc.constantFrom('waits', 'follows', 'reads', 'leaves', 'revokes', 'looks'), which),
  fc.tuple(fc.constantFrom('accepted', 'refused', 'refused for now', 'started', 'ended', 'answered'), which),
  fc.tuple(fc.constantFrom('welcomed', 'lost', 'sent away', 'choked', 'misread', 'overloaded'), which),
  fc.tuple(fc.constant('passes'), fc.integer({ min: 0, max: 40_000 })),
);

/** Its timers that keep a process alive are counted apart. */
class HoldingClock extends ManualClock {
  holding = 0;

  override after(delayMs: number, callback: () => void, hold = false): Timer {
    if (!hold) return super.after(delayMs, callback);
    let held = true;
    this.holding += 1;
    const end = (): void => {
      if (held) this.holding -= 1;
      held = false;
    };
    const timer = super.after(delayMs, () => {
      end();
      callback();
    });
    return {
      cancel: () => {
        end();
        timer.cancel();
      },
    };
  }
}

test('an app that is closed has nobody waiting, holds no process and leaves no timer, whatever came before', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { maxLength: 40, size: 'max' }),
      fc.constantFrom('closed', 'refused for good', 'all is done'),
      async (steps, how) => {
        const clock = new HoldingClock();
        const gateway = new FakeGateway();
        const app = new Celeriac({ clock, openTransport: gateway.openTransport, acceptTimeout: 20 });
        const results: AsyncResult[] = [];
        const waits: Promise<unknown>[] = [];
        const stops: (() => void)[] = [];
        let open = 0;
        const wait = (promise: Promise<unknown>): void => {
          open += 1;
          const over = (): void => {
            open -= 1;
          };
          waits.push(promise.then(over, over));
        };
        const answer = (): void => {
          for (const { ids, answer: tell } of gateway.session.gets.splice(0))
            tell({ ok: ids.map((id) => snapshot(id, { state: 'SUCCESS', sequence: 2, body: '3' })) });
          for (const { items, answer: tell } of gateway.session.revokes.splice(0))
            tell({ ok: items.map(() => 'already-done' as const) });
        };
        for (const [what, number] of steps) {
          const result = results[number % Math.max(1, results.length)];
          const session = gateway.sessions.at(-1);
          if (what === 'calls') results.push(app.sendTask('add', [number]));
          else if (what === 'calls briefly') results.push(app.sendTask('add', [], { acceptTimeout: 5 }));
          else if (what === 'calls once') results.push(app.sendTask('add', [], { retry: false }));
          else if (what === 'looks') results.push(app.AsyncResult(`other-${number}`));
          else if (what === 'passes') await clock.advance(number);
          else if (what === 'waits' && result !== undefined) wait(result.get({ timeout: 1 + number }));
          else if (what === 'follows' && result !== undefined) stops.push(result.store.subscribe(() => {}));
          else if (what === 'leaves') stops[number % Math.max(1, stops.length)]?.();
          else if (what === 'revokes' && result !== undefined) wait(result.revoke());
          else if (what === 'reads' && result !== undefined) wait(drain(result.stream(), number));
          else if (session === undefined || session.closed) continue;
          else if (what === 'welcomed') session.welcome();
          else if (what === 'lost') session.lose();
          else if (what === 'sent away') session.goaway(number * 1_000);
          else if (what === 'choked') session.choke();
          else if (what === 'misread') session.refuse('BAD_FRAME', []);
          else if (what === 'overloaded') session.refuse('OVERLOADED', [], number * 1_000);
          else if (what === 'answered') answer();
          else if (result === undefined) continue;
          else if (what === 'accepted') session.accept(result.id);
          else if (what === 'refused' || what === 'refused for now')
            session.receipts([result.id, 0, 'QUEUE_FULL', 'full', what === 'refused' ? null : 1_000]);
          else if (what === 'started') session.events(transition(result.id, 2, 'STARTED'));
          else if (what === 'ended') session.events(transition(result.id, 2, 'SUCCESS', { body: '3' }));
          await clock.advance(0);
        }
        if (how === 'all is done') {
          // A gateway that stays, takes every call, and says of each task that it has ended.
          for (let turn = 0; turn < 60; turn++) {
            await clock.advance(1_000);
            const session = gateway.sessions.at(-1);
            if (session === undefined) break;
            session.welcome();
            await clock.advance(0);
            session.accept(...session.submits.map(([id]) => id));
            const asked = session.sent('watch').flatMap(({ tasks }) => tasks.map(([id]) => id));
            const all = new Set([...asked, ...session.submits.map(([id]) => id)]);
            session.snapshots(
              ...[...all].map((id) => snapshot(id, { state: 'SUCCESS', sequence: 2, body: '3' })),
            );
            session.streams(
              ...session
                .sent('openStreams')
                .flatMap((items) => items.map(([n]): StreamItem => [n, 'end', 1, 0])),
            );
            answer();
            await clock.advance(0);
          }
          expect([open, clock.holding]).toEqual([0, 0]);
        }
        const last = gateway.sessions.at(-1);
        if (how === 'refused for good' && last?.closed === false) {
          last.loseForGood('TOKEN_EXPIRED');
          await clock.advance(0);
          expect([open, clock.holding, clock.timers]).toEqual([0, 0, 0]);
        }
        const { signal } = new AbortController();
        const closed = app.close({ timeout: 0, signal });
        await clock.advance(1);
        await closed;
        await clock.advance(0);
        expect(getEventListeners(signal, 'abort')).toEqual([]);
        expect([open, clock.holding, clock.timers]).toEqual([0, 0, 0]);
        expect(gateway.sessions.every(({ closed }, at) => closed || at < gateway.sessions.length - 1)).toBe(
          true,
        );
      },
    ),
    { numRuns: 60 },
  );
});

async function drain(stream: AsyncIterable<unknown>, most: number): Promise<void> {
  let count = 0;
  for await (const _ of stream) if (count++ === most) return;
}
