import { OPEN_STREAMS } from '@celeriac/protocol/internal';
import { ManualClock } from '@celeriac/runtime/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClientReader } from '../../broker/streams/stream-reader.ts';
import { TaskStreams } from '../../broker/streams/streams.ts';
import { MemoryEngine } from '../../engine/memory/memory-engine.ts';
import { type Grant, OPEN_GRANT } from '../auth/grant.ts';
import type { ClientSocket } from './client-socket.ts';
import { StreamSubscriptions } from './stream-subscriptions.ts';
import type { WatchSubscriptions } from './watch-subscriptions.ts';

/** Counts the readers that are open, and are not asked for twice. */
class CountingStreams extends TaskStreams {
  readonly readers = new Set<ClientReader>();

  override open(...asked: Parameters<TaskStreams['open']>): ReturnType<TaskStreams['open']> {
    const reader = super.open(...asked);
    this.readers.add(reader);
    return reader;
  }

  override close(reader: Parameters<TaskStreams['close']>[0]): void {
    expect(this.readers.delete(reader)).toBe(true);
    super.close(reader);
  }
}

const all: Grant = { ...OPEN_GRANT, subject: 'ann', scopes: ['read:*'] };
const own: Grant = { ...OPEN_GRANT, subject: 'ann', scopes: ['read:own'] };

function setup() {
  const clock = new ManualClock();
  const streams = new CountingStreams(clock, new MemoryEngine('epoch'), (error) => {
    throw error;
  });
  const asked: PromiseWithResolvers<ReadonlySet<string>>[] = [];
  const sent: unknown[] = [];
  const socket = {
    connected: true,
    data: { grant: all },
    emit: (_: string, items: readonly unknown[]) => void sent.push(...items),
  };
  const reader = {
    concerned: () => {
      const answer = Promise.withResolvers<ReadonlySet<string>>();
      asked.push(answer);
      return answer.promise;
    },
  };
  const watches = { has: () => false, isOwn: (id: string) => id.endsWith('1') };
  const subscriptions = new StreamSubscriptions(
    socket as unknown as ClientSocket,
    { reader, streams } as never,
    watches as unknown as WatchSubscriptions,
  );
  return { asked, clock, subscriptions, sent, socket, streams };
}

const step = fc.oneof(
  fc.tuple(fc.constantFrom('opens', 'opens its own', 'closes'), fc.nat(15)),
  fc.tuple(fc.constantFrom('is told whose', 'other token', 'turn', 'ends', 'takes'), fc.nat(15)),
);

test('a client that is gone reads nothing, whatever it had opened or had asked to open', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      const { asked, clock, subscriptions, sent, socket, streams } = setup();
      const working: Promise<void>[] = [];
      let last = 0;
      for (const [what, number] of steps) {
        const id = `t${number}`;
        if (what === 'opens' || what === 'opens its own') {
          socket.data.grant = what === 'opens' ? all : own;
          last += 1;
          working.push(subscriptions.open([[last, id, 0, 0]]));
        } else if (what === 'closes') subscriptions.close([number]);
        else if (what === 'is told whose') asked.shift()?.resolve(new Set(number % 2 === 0 ? [id] : []));
        else if (what === 'other token') {
          socket.data.grant = { ...own, scopes: number % 3 === 0 ? [] : own.scopes };
          working.push(subscriptions.authorizeAnew());
        } else if (what === 'ends') {
          // Who has heard of the end is a reader no more, without having been closed.
          for (const one of streams.readers) if (one.number === number) streams.readers.delete(one);
          subscriptions.deliver([[number, 'end', 1, 0]]);
        } else if (what === 'takes') subscriptions.took([[number, 1, 1]]);
        await clock.advance(0);
      }
      socket.connected = false;
      subscriptions.clear();
      for (const answer of asked) answer.resolve(new Set(Array.from({ length: 16 }, (_, n) => `t${n}`)));
      await clock.advance(0);
      await Promise.all(working);
      expect(streams.readers.size).toBe(0);
      const told = sent.length;
      subscriptions.took([[last, 1, 1]]);
      subscriptions.close([last]);
      await clock.advance(0);
      expect(sent).toHaveLength(told);
    }),
  );
});

test('what was asked about and refused takes no place of what may be opened', async () => {
  const { asked, clock, subscriptions, socket, streams } = setup();
  socket.data.grant = own;
  let last = 0;
  const openAll = (): Promise<void> =>
    subscriptions.open(Array.from({ length: OPEN_STREAMS }, () => [++last, `t${last}`, 0, 0] as const));
  for (let round = 0; round < 2; round++) {
    const opening = openAll();
    asked.shift()?.resolve(new Set());
    await opening;
  }
  socket.data.grant = all;
  await openAll();
  expect(streams.readers.size).toBe(OPEN_STREAMS);
  subscriptions.clear();
  await clock.advance(0);
  await openAll();
  expect(streams.readers.size).toBe(OPEN_STREAMS);
});

test('a number that was of an own task is no right to another one', async () => {
  const { clock, subscriptions, socket, streams } = setup();
  await subscriptions.open([[1, 't1', 0, 0]]);
  subscriptions.close([1]);
  await subscriptions.open([[1, 't2', 0, 0]]);
  expect(streams.readers.size).toBe(1);
  socket.data.grant = { ...own, scopes: [] };
  await subscriptions.authorizeAnew();
  await clock.advance(0);
  expect(streams.readers.size).toBe(0);
});
