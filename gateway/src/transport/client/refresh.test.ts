/** What a client goes on to be told of when its token is renewed, and at what cost. */
import { describe, expect, test } from 'vitest';
import { startGateway } from '../../../test/gateway-setup.ts';
import { RawClient } from '../../../test/raw-client.ts';
import type { RawWorker } from '../../../test/raw-worker.ts';
import { SlowEngine } from '../../../test/slow-engine.ts';
import { bearing, KEY, mint } from '../../../test/token.ts';
import { MemoryEngine } from '../../engine/memory/memory-engine.ts';

/** Remembers how many tasks each read asked for. */
class CountingEngine extends SlowEngine {
  readonly reads: number[] = [];

  override get(ids: readonly string[]): ReturnType<SlowEngine['get']> {
    this.reads.push(ids.length);
    return super.get(ids);
  }
}

const LARGE = JSON.stringify('x'.repeat(250_000));

function ids(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, position) => `${prefix}${position}`);
}

async function setup() {
  const engine = new CountingEngine(new MemoryEngine());
  const running = await startGateway({ keys: [KEY], engine });
  return {
    ...running,
    engine,
    connect: async (scope: string, claims = {}) => running.client(await bearing(scope, claims)),
    hand: async () => running.worker({ token: await mint('work:*', { sub: 'worker' }), capacity: 1_000 }),
  };
}

async function calls(client: RawClient, tasks: readonly string[]): Promise<void> {
  client.emit(
    'submit',
    tasks.map((id) => [id, 'add', '[]', null, 0]),
  );
  for (let left = tasks.length; left > 0; )
    left -= ((await client.next('receipts')) as [readonly unknown[]])[0].length;
}

async function watches(client: RawClient, tasks: readonly string[]): Promise<void> {
  client.emit('watch', { epoch: null, tasks: tasks.map((id) => [id, 0]) });
  for (let left = tasks.length; left > 0; )
    left -= ((await client.next('snapshots')) as [readonly unknown[]])[0].length;
}

async function ended(client: RawClient, count: number): Promise<ReadonlySet<string>> {
  const told = new Set<string>();
  while (told.size < count) {
    const [events] = (await client.next('events')) as [readonly (readonly string[])[]];
    for (const [id = '', , , state] of events) if (state === 'SUCCESS') told.add(id);
  }
  return told;
}

/** Ids that it was refused until there are so many. */
async function refused(client: RawClient, count: number): Promise<ReadonlySet<string>> {
  const told = new Set<string>();
  while (told.size < count) {
    const [refusal] = (await client.next('refused')) as [{ readonly ids: readonly string[] }];
    for (const id of refusal.ids) told.add(id);
  }
  return told;
}

async function settles(worker: RawWorker, tasks: number, result = '4'): Promise<void> {
  for (let left = tasks; left > 0; ) left -= (await worker.works(result)).length;
  for (let left = tasks; left > 0; ) left -= (await worker.next('acks')).length;
}

describe('a refresh', () => {
  test('with the same rights looks nothing up and shows nothing again', async () => {
    const { connect, engine, hand } = await setup();
    const mine = ids('mine', 250);
    await calls(await connect('call:*'), mine);
    const page = await connect('read:own');
    await watches(page, mine);
    engine.reads.length = 0;
    for (let times = 0; times < 3; times += 1)
      expect(await page.ask('refresh', await mint('read:own'))).toHaveProperty('ok');
    expect([engine.reads, page.heard('snapshots'), page.heard('refused')]).toEqual([[], 0, 0]);
    const told = ended(page, mine.length);
    await settles(await hand(), mine.length);
    expect(await told).toEqual(new Set(mine));
  });

  test('looks up what a scope that is gone could read, a hundred at a time, and shows none of it again', async () => {
    const { connect, engine, hand } = await setup();
    const [mine, theirs] = [ids('mine', 250), ids('theirs', 5)];
    await calls(await connect('call:*'), mine);
    await calls(await connect('call:*', { sub: 'bank' }), theirs);
    const page = await connect('read:*');
    await watches(page, [...mine, ...theirs]);
    engine.reads.length = 0;
    await page.ask('refresh', await mint('read:own'));
    expect(engine.reads).toEqual([100, 100, 55]);
    expect(await refused(page, theirs.length)).toEqual(new Set(theirs));
    expect(page.heard('snapshots')).toBe(0);
    const told = ended(page, mine.length);
    await settles(await hand(), mine.length + theirs.length);
    expect(await told).toEqual(new Set(mine));
  });

  test('shows what happened while it was looked up whose a task is', async () => {
    const { connect, engine, hand } = await setup();
    await calls(await connect('call:*'), ['mine']);
    const page = await connect('read:*');
    await watches(page, ['mine']);
    engine.holdReads();
    const refreshed = page.ask('refresh', await mint('read:own'));
    await expect.poll(() => engine.reads.at(-1)).toBe(1);
    await settles(await hand(), 1);
    engine.answerReads();
    await refreshed;
    expect(await page.next('snapshots')).toMatchObject([[{ id: 'mine', state: 'SUCCESS' }]]);
    expect(page.heard('events')).toBe(0);
  });

  test('shows what only a new scope may read', async () => {
    const { connect, hand } = await setup();
    await calls(await connect('call:*', { sub: 'bank' }), ['theirs']);
    const page = await connect('read:own');
    await watches(page, ['theirs']);
    await page.ask('refresh', await mint('read:own read:theirs'));
    expect(await page.next('snapshots')).toMatchObject([[{ id: 'theirs', known: true }]]);
    const told = ended(page, 1);
    await settles(await hand(), 1);
    expect(await told).toEqual(new Set(['theirs']));
  });

  test('that takes the right refuses what was said to be its own and is not looked at yet', async () => {
    const { connect, engine, url } = await setup();
    const theirs = ids('theirs', 300);
    await calls(await connect('call:*', { sub: 'bank' }), theirs);
    const page = new RawClient(url, await bearing('read:*'));
    const [{ epoch }] = (await page.next('welcome')) as [{ readonly epoch: string }];
    engine.holdReads();
    page.emit('watch', { epoch, tasks: theirs.map((id) => [id, 1]) });
    await page.ask('refresh', await mint('call:*'));
    expect(await refused(page, theirs.length)).toEqual(new Set(theirs));
    page.emit('openStreams', [[1, 'theirs299', 0, 0]]);
    expect(await page.next('streams')).toMatchObject([[[1, 'refused', { code: 'FORBIDDEN' }]]]);
    engine.answerReads();
    page.terminate();
  });

  test('leaves what is said to be its own to be looked at in its turn', async () => {
    const { connect, engine, url } = await setup();
    const [mine, theirs] = [ids('mine', 150), ids('theirs', 150)];
    await calls(await connect('call:*'), mine);
    await calls(await connect('call:*', { sub: 'bank' }), theirs);
    const page = new RawClient(url, await bearing('read:*'));
    const [{ epoch }] = (await page.next('welcome')) as [{ readonly epoch: string }];
    engine.holdReads();
    engine.reads.length = 0;
    page.emit('watch', { epoch, tasks: [...mine, ...theirs].map((id) => [id, 1]) });
    page.emit('openStreams', [[1, 'theirs149', 0, 0]]);
    const refreshed = page.ask('refresh', await mint('read:own'));
    // The stream is looked up when it is opened, and again when the token has changed.
    await expect.poll(() => engine.reads).toHaveLength(3);
    engine.answerReads();
    await refreshed;
    const known: string[] = [];
    for (let left = 300; left > 0; ) {
      const [list] = (await page.next('snapshots')) as [{ id: string; known: boolean }[]];
      left -= list.length;
      known.push(...list.filter((one) => one.known).map(({ id }) => id));
    }
    expect(new Set(known)).toEqual(new Set(mine));
    expect(await page.next('streams')).toMatchObject([[[1, 'refused', { code: 'FORBIDDEN' }]]]);
    page.terminate();
  });

  test.each([
    ['call:*', 'refuses it'],
    ['read:own', 'refuses it'],
  ])('to %s while it is looked up whether a stream may be read refuses that', async (scope) => {
    const { connect, engine } = await setup();
    await calls(await connect('call:*', { sub: 'bank' }), ['theirs']);
    await calls(await connect('call:*'), ['mine']);
    const page = await connect('read:own');
    engine.holdReads();
    page.emit('openStreams', [
      [1, 'mine', 0, 0],
      [2, 'theirs', 0, 0],
    ]);
    await page.ask('refresh', await mint(scope));
    engine.answerReads();
    const told: unknown[] = [];
    const numbers = scope === 'call:*' ? 2 : 1;
    while (told.length < numbers) {
      const [items] = (await page.next('streams')) as [[number, string][]];
      told.push(...items.map(([number, kind]) => `${number} ${kind}`));
    }
    expect(told).toEqual(scope === 'call:*' ? ['1 refused', '2 refused'] : ['2 refused']);
  });
});

describe('what is held back for a client that does not read', () => {
  /** The ids of tasks whose end it is told, until it knows of all of these. */
  async function hears(client: RawClient, awaited: readonly string[]): Promise<ReadonlySet<string>> {
    const told = new Set<string>();
    const reads = async (event: 'events' | 'snapshots'): Promise<void> => {
      while (awaited.some((id) => !told.has(id))) {
        const [list] = (await client.next(event)) as [readonly unknown[]];
        for (const one of list) {
          const { id, state } = Array.isArray(one)
            ? { id: String(one[0]), state: one[3] }
            : (one as { readonly id: string; readonly state: unknown });
          if (state === 'SUCCESS') told.add(id);
        }
      }
    };
    await Promise.race([reads('events'), reads('snapshots')]);
    return told;
  }

  test('is not told of tasks that it may read no more, and is of its own calls', async () => {
    const { connect, hand, refusals } = await setup();
    const [own, theirs] = [ids('own', 60), ids('theirs', 20)];
    const slow = await connect('call:* read:*');
    const caller = await connect('call:*', { sub: 'bank' });
    await calls(slow, own);
    await calls(caller, ['early', ...theirs]);
    await watches(slow, ['early', ...theirs]);
    const worker = await hand();
    const held = new Map<string, readonly unknown[]>();
    while (held.size < own.length + 1 + theirs.length)
      for (const [nonce, id, attempt] of await worker.next('assign')) held.set(id, [nonce, id, attempt]);
    const settle = async (tasks: readonly string[]): Promise<void> => {
      for (const id of tasks) worker.send(['settled', [[...(held.get(id) ?? []), ['success', LARGE]]]]);
      for (let left = tasks.length; left > 0; ) left -= (await worker.next('acks')).length;
    };
    slow.hang();
    await settle(own);
    worker.send(['started', theirs.map((id) => held.get(id)?.[0])]);
    await settle(['early']);
    void slow.ask('refresh', await mint('call:*'));
    await expect.poll(() => refusals).toContain('FORBIDDEN');
    await settle(theirs);
    slow.listen();
    expect([...(await hears(slow, own))].filter((id) => !own.includes(id))).toEqual([]);
    expect(await refused(slow, theirs.length + 1)).toEqual(new Set(['early', ...theirs]));
  });
});
