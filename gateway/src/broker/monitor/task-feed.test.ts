import type { TaskFilter } from '@celeriac/protocol';
import type { FeedItem } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { setup, type World } from '../../../test/broker-setup.ts';
import { FeedInbox } from '../../../test/feed-inbox.ts';
import { numbered } from '../../../test/numbered.ts';

/** Ids whose order as text is that of their numbers. */
function padded(count: number, from = 0): readonly string[] {
  return numbered(count, from).map((id) => `t${id.padStart(4, '0')}`);
}

async function watching(world: World, filter: TaskFilter = {}, limit = 100): Promise<FeedInbox> {
  const inbox = new FeedInbox();
  world.broker.monitor.openTasks([1, filter, limit], 'all', inbox);
  await world.pass(200);
  return inbox;
}

/** State and waiting of each row. */
function standings(inbox: FeedInbox): Readonly<Record<string, readonly unknown[]>> {
  return Object.fromEntries([...inbox.rows].map(([id, row]) => [id, [row[2], row[4]]]));
}

describe('a feed of tasks', () => {
  test('begins with all that match, queued ones included, and says why they wait', async () => {
    const world = await setup();
    await world.caller.calls('due', { countdownMs: 60_000 });
    await world.caller.calls('nobody', { queue: 'other' });
    const worker = await world.worker('w1', { capacity: 1 });
    await world.caller.calls(['runs', 'queued']);
    await world.turn();
    await worker.starts('runs');
    const inbox = await watching(world);
    expect(standings(inbox)).toEqual({
      due: ['PENDING', 'due'],
      nobody: ['PENDING', 'worker'],
      queued: ['PENDING', 'turn'],
      runs: ['STARTED', null],
    });
    expect(inbox.items).toHaveLength(1);
  });

  test('follows each task, one row for whatever happened since it last spoke', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    const inbox = await watching(world);
    await world.caller.calls(['1', '2']);
    await world.turn();
    await worker.runs('1');
    await worker.starts('2');
    await world.pass(200, worker);
    expect(standings(inbox)).toEqual({ '1': ['SUCCESS', null], '2': ['STARTED', null] });
    expect(inbox.items.length).toBeLessThan(5);
  });

  test('speaks ten times a second at most, however much happens', async () => {
    const world = await setup();
    const inbox = await watching(world);
    for (const id of padded(100)) {
      await world.caller.calls(id);
      await world.clock.advance(10);
    }
    await world.pass(200);
    expect(inbox.rows.size).toBe(100);
    expect(inbox.items.length).toBeLessThanOrEqual(14);
  });

  test('lets go of a task that no longer matches', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    const inbox = await watching(world, { states: ['STARTED'] });
    await world.caller.calls(['1', '2']);
    await world.turn();
    await worker.starts('1', '2');
    await world.pass(200, worker);
    expect(inbox.keys).toEqual(['1', '2']);
    await worker.settles('1');
    await world.pass(200, worker);
    expect(inbox.keys).toEqual(['2']);
  });

  test('keeps the newest of many, and says that there are more', async () => {
    const world = await setup();
    await world.caller.calls(padded(30));
    const inbox = await watching(world, {}, 10);
    expect(inbox.keys).toEqual(padded(10, 20));
    expect(inbox.more).toBe(true);
    await world.clock.advance(1);
    await world.caller.calls(padded(500, 30));
    await world.pass(200);
    expect(inbox.keys).toEqual(padded(10, 520));
  });

  test('finds older ones when those that it showed have left', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 100 });
    await world.caller.calls(padded(20));
    await world.turn();
    const inbox = await watching(world, { states: ['PENDING'] }, 5);
    expect(inbox.keys).toEqual(padded(5, 15));
    await worker.starts(...padded(5, 15));
    await world.pass(2_000, worker);
    expect(inbox.keys).toEqual(padded(5, 10));
  });

  test('says so when a worker comes for what waits, and when it goes', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 0 });
    await world.caller.calls('1');
    const inbox = await watching(world);
    expect(standings(inbox)).toEqual({ '1': ['PENDING', 'turn'] });
    worker.disconnects();
    await world.pass(1_500);
    expect(standings(inbox)).toEqual({ '1': ['PENDING', 'worker'] });
  });

  test('misses nothing that happens while history is read', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls(['1', '2']);
    await world.turn();
    await worker.starts('1', '2');
    const inbox = new FeedInbox();
    world.broker.monitor.openTasks([1, { states: ['STARTED'] }, 100], 'all', inbox);
    await worker.settles('1');
    await world.pass(200, worker);
    expect(inbox.keys).toEqual(['2']);
  });

  test('looks again for what a burst pushed out while history was read', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 200 });
    const list = vi.spyOn(world.engine, 'list');
    const read = Promise.withResolvers<void>();
    list.mockImplementationOnce(async () => {
      await read.promise;
      return { tasks: [], next: null };
    });
    const inbox = new FeedInbox();
    world.broker.monitor.openTasks([1, { states: ['PENDING'] }, 3], 'all', inbox);
    await world.caller.calls(padded(106));
    await world.turn();
    read.resolve();
    await world.pass(200, worker);
    expect([inbox.keys, inbox.more]).toEqual([padded(3, 103), true]);
    await worker.starts(...padded(3, 103));
    await world.pass(2_000, worker);
    expect([inbox.keys, inbox.more]).toEqual([padded(3, 100), true]);
  });

  test('gives one who did not read the latest of each row, once', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 100 });
    const inbox = await watching(world);
    const before = inbox.items.length;
    inbox.hangs();
    await world.caller.calls(padded(20));
    await world.turn();
    for (const id of padded(20)) {
      await worker.runs(id);
      await world.clock.advance(50);
    }
    expect(inbox.items).toHaveLength(before);
    inbox.reads();
    await world.pass(200, worker);
    expect(inbox.items).toHaveLength(before + 1);
    expect([...inbox.rows.values()].every((row) => row[2] === 'SUCCESS')).toBe(true);
  });

  test('is told nothing after it is closed', async () => {
    const world = await setup();
    const inbox = new FeedInbox();
    const feed = world.broker.monitor.openTasks([1, {}, 100], 'all', inbox);
    feed.close();
    await world.caller.calls('1');
    await world.pass(2_000);
    expect(inbox.items).toEqual([]);
  });
});

describe('a page of history', () => {
  test('has rows as a feed has, and leads to the next', async () => {
    const world = await setup();
    await world.caller.calls(padded(5));
    const first = await world.broker.monitor.list({ filter: {}, before: null, rows: 3 }, 'all');
    expect(first.rows.map(([id]) => id)).toEqual(['t0004', 't0003', 't0002']);
    expect(first.rows[0]?.[4]).toBe('worker');
    const second = await world.broker.monitor.list({ filter: {}, before: first.next, rows: 3 }, 'all');
    expect(second).toMatchObject({ next: null });
    expect(second.rows.map(([id]) => id)).toEqual(['t0001', 't0000']);
  });
});

/** Notes rows that are told as gone and that it does not have. */
class StrictInbox extends FeedInbox {
  readonly goneBefore: string[] = [];

  override deliver(item: FeedItem): void {
    if (item[1] === 'rows') this.goneBefore.push(...item[2].gone.filter((key) => !this.rows.has(key)));
    super.deliver(item);
  }
}

const FEED_STEPS = ['calls', 'starts', 'ends', 'retries', 'passes', 'hangs', 'reads'] as const;
type FeedStep = (typeof FEED_STEPS)[number];

/** A row goes, and comes and goes once more before the feed speaks again. */
const CAME_TWICE: [FeedStep, number][] = [
  ['calls', 0],
  ['starts', 0],
  ['passes', 9],
  ['retries', 0],
  ['passes', 9],
  ['hangs', 0],
  ['starts', 0],
  ['ends', 0],
  ['reads', 0],
];

/** More than it may show, of which a shown one leaves: a place is empty, and what it does not show waits below. */
const LEFT_BELOW: [FeedStep, number][] = [
  ...Array<[FeedStep, number]>(4).fill(['calls', 0]),
  ['starts', 0],
  ['starts', 1],
  ['starts', 2],
  ['starts', 3],
  ['passes', 9],
  ['retries', 1],
];

/** Into the empty place comes one that is older than what waits below. */
const OLDER_COMES: [FeedStep, number][] = [
  ...Array<[FeedStep, number]>(5).fill(['calls', 0]),
  ['starts', 1],
  ['starts', 2],
  ['starts', 3],
  ['starts', 4],
  ['passes', 9],
  ['retries', 3],
  ['passes', 9],
  ['starts', 0],
];

test('shows what matches in the end, and says of no row twice that it has gone, whatever comes and goes', async () => {
  const step = fc.tuple(fc.constantFrom(...FEED_STEPS), fc.nat(9));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      const world = await setup();
      const worker = await world.worker('w1', { capacity: 100 });
      const inbox = new StrictInbox();
      world.broker.monitor.openTasks([1, { states: ['STARTED'] }, 3], 'all', inbox);
      const ids: string[] = [];
      for (const [what, number] of steps) {
        const held = worker.assigned.filter(([nonce]) => worker.session.held.has(nonce));
        const id = held[number % Math.max(1, held.length)]?.[1];
        if (what === 'calls') {
          ids.push(...padded(1, ids.length));
          await world.caller.calls(ids.slice(-1));
        } else if (what === 'passes') await world.pass(50 * number, worker);
        else if (what === 'hangs') inbox.hangs();
        else if (what === 'reads') inbox.reads();
        else if (id === undefined) continue;
        else if (what === 'starts') await worker.starts(id);
        else if (what === 'ends') await worker.runs(id);
        else {
          await worker.starts(id);
          await worker.settles(id, ['retry', '{}', '{}', 0]);
        }
        await world.turn();
      }
      inbox.reads();
      await world.pass(1_000, worker);
      const records = await world.engine.get(ids);
      const started = records.flatMap((record) => (record?.state === 'STARTED' ? [record.id] : []));
      // The newest, by the time of their call, none left out between them; half of the places may stay empty, which it says.
      const shown = inbox.keys.length;
      expect([inbox.keys, inbox.goneBefore]).toEqual([shown === 0 ? [] : started.slice(-shown), []]);
      expect(shown).toBeGreaterThanOrEqual(Math.min(started.length, 2));
      if (shown < started.length) expect([shown <= 3, inbox.more]).toEqual([true, true]);
    }),
    { numRuns: 50, examples: [[CAME_TWICE], [LEFT_BELOW], [OLDER_COMES]] },
  );
});
