import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { outlineOf } from '../../core/record.ts';
import { complete, start } from '../../core/transitions.ts';
import type { Engine } from '../engine.ts';
import { change, claimAsk, claimOne, definitionOf, finishOne, keep, LANE, NOW, task } from './tasks.ts';

/** A place for tasks, in which one engine after the other can be opened. */
export interface TestStore {
  /** A new engine on this store, not opened yet. The one before has to be closed. */
  engine(): Engine;
  /** Called after the test. */
  dispose(): Promise<void> | void;
}

/** Opening, both moments of a write, and the end. */
export function describeLife(makeStore: () => TestStore): void {
  let store: TestStore;
  let engine: Engine;
  beforeEach(async () => {
    store = makeStore();
    engine = store.engine();
  });
  afterEach(async () => {
    await engine.close();
    await store.dispose();
  });

  describe('open', () => {
    it('finds a new store empty', async () => {
      const opened = await engine.open();
      expect(opened).toEqual({
        epoch: opened.epoch,
        held: [],
        definitions: [],
        settings: [],
        pausedQueues: [],
        revokedTokens: [],
        nextDueAt: null,
        nextExpiryAt: null,
      });
      expect(opened.epoch).not.toBe('');
    });

    it('gives each store its own epoch', async () => {
      const { epoch } = await engine.open();
      const other = makeStore();
      const another = other.engine();
      expect((await another.open()).epoch).not.toBe(epoch);
      await another.close();
      await other.dispose();
    });

    it('finds everything that was committed, on a durable engine', async () => {
      const first = await engine.open();
      await engine.define([definitionOf('add'), definitionOf('sub')]).committed;
      const ended = await keep(engine, task('ended')).then(() => finishOne(engine));
      await keep(engine, task('leased'));
      const leased = await claimOne(engine, { seed: 'x' });
      await keep(engine, task('running'));
      const claimed = await claimOne(engine, { seed: 'y' });
      const running = start(claimed, NOW);
      await engine.advance([change(claimed, running)]).committed;
      const spawned = task('spawned', { lineage: { rootId: 'parent', parentId: 'parent' }, prepend: ['4'] });
      await keep(engine, task('parent'));
      const parent = await claimOne(engine, { seed: 'z' });
      const done = complete(start(parent, NOW), '4', NOW);
      await engine.advance([{ ...change(parent, done), spawn: [spawned] }]).committed;
      const waiting = [
        spawned,
        task('ready 1', { expiresAt: NOW + 70 }),
        task('ready 2'),
        task('ready 3', { options: { queue: 'other' } }),
        task('scheduled', { dueAt: NOW + 20 }),
        task('unrouted', { routed: false, expiresAt: NOW + 60 }),
      ];
      await engine.insert(waiting.slice(1)).committed;
      const records = await engine.get(waiting.map((record) => record.id));
      await engine.close();
      if (!engine.durable) return;

      engine = store.engine();
      const opened = await engine.open();
      expect(opened).toMatchObject({
        epoch: first.epoch,
        held: [leased, running],
        nextDueAt: NOW + 20,
        nextExpiryAt: NOW + 60,
      });
      expect(new Set(await engine.ready(['default', 'other'], ['add']))).toEqual(
        new Set([
          { lane: LANE, count: 3 },
          { lane: { ...LANE, queue: 'other' }, count: 1 },
        ]),
      );
      expect(new Map(engine.waiting)).toEqual(
        new Map([
          ['default', 5],
          ['other', 1],
        ]),
      );
      expect(new Set(opened.definitions)).toEqual(new Set([definitionOf('add'), definitionOf('sub')]));
      expect(await engine.get(['ended', ...waiting.map((record) => record.id)])).toEqual([ended, ...records]);
      expect(await engine.insert([task('ended')]).committed).toEqual([
        { inserted: false, same: true, acceptedAt: NOW, existing: outlineOf(ended) },
      ]);
      expect((await keep(engine, task('new'))).key).toBeGreaterThan(records.at(-1)?.key ?? 0);
    });
  });

  describe('gates', () => {
    const keyed = (id: string) => task(id, { call: { concurrencyKey: 'k' }, options: { keyLimit: 2 } });

    it('are as they were after a restart, on a durable engine', async () => {
      await engine.open();
      await engine.insert(['a', 'b', 'c', 'd', 'e'].map(keyed)).committed;
      await engine.tune([['add', { keyLimit: 3 }]]).committed;
      const held = await claimOne(engine);
      await engine.advance([change(held, start(held, NOW))]).committed;
      await engine.close();
      if (!engine.durable) return;
      engine = store.engine();
      await engine.open();
      expect(await engine.ready(['default'], ['add'])).toEqual([{ lane: LANE, count: 2 }]);
      const running = start(held, NOW);
      await engine.advance([change(running, complete(running, '4', NOW))]).applied;
      const phases = (await engine.get(['b', 'c', 'd', 'e'])).map((record) => record?.phase);
      expect(phases).toEqual(['ready', 'ready', 'ready', 'blocked']);
    });
  });

  describe('define', () => {
    it('keeps the newest of each name', async () => {
      await engine.open();
      await engine.define([definitionOf('add'), definitionOf('add', { arity: null }), definitionOf('sub')])
        .committed;
      await engine.define([definitionOf('sub', { options: { queue: 'q' } })]).committed;
      await engine.close();
      if (!engine.durable) return;
      engine = store.engine();
      const { definitions } = await engine.open();
      expect(new Set(definitions)).toEqual(
        new Set([definitionOf('add', { arity: null }), definitionOf('sub', { options: { queue: 'q' } })]),
      );
    });
  });

  describe('tune', () => {
    it('keeps the newest of each name, and forgets what nothing is set for', async () => {
      await engine.open();
      await engine.tune([
        ['add', { taskLimit: 4 }],
        ['add', { ratePerHour: 5, keyLimit: null }],
        ['sub', { taskLimit: null }],
        ['\ud800', { taskLimit: 1 }],
      ]).committed;
      await engine.tune([['sub', {}]]).committed;
      await engine.close();
      if (!engine.durable) return;
      engine = store.engine();
      const { settings } = await engine.open();
      expect(new Map(settings)).toEqual(
        new Map([
          ['add', { ratePerHour: 5, keyLimit: null }],
          ['\ud800', { taskLimit: 1 }],
        ]),
      );
    });
  });

  describe('pause', () => {
    it('keeps the last word on each queue', async () => {
      await engine.open();
      await engine.pause([
        ['media', true],
        ['mail', true],
        ['media', true],
        ['\ud800', true],
      ]).committed;
      await engine.pause([
        ['mail', false],
        ['never paused', false],
      ]).committed;
      if (engine.durable) {
        await engine.close();
        engine = store.engine();
      }
      const { pausedQueues } = await engine.open();
      expect(new Set(pausedQueues)).toEqual(new Set(['media', '\ud800']));
    });
  });

  describe('revokeTokens', () => {
    it('keeps the last word on each claim and name, and forgets what is over', async () => {
      await engine.open();
      const word = (by: 'jti' | 'sub', name: string, at: number, until: number) => ({ by, name, at, until });
      await engine.revokeTokens([word('sub', 'shop', 1, 50), word('jti', 'shop', 2, 60)], 3).committed;
      await engine.revokeTokens([word('sub', 'shop', 4, 90), word('sub', '\ud800', 4, 91)], 10).committed;
      if (engine.durable) {
        await engine.close();
        engine = store.engine();
      }
      const first = await engine.open();
      expect(new Set(first.revokedTokens)).toEqual(
        new Set([word('sub', 'shop', 4, 90), word('jti', 'shop', 2, 60), word('sub', '\ud800', 4, 91)]),
      );
      await engine.revokeTokens([], 90).committed;
      if (engine.durable) {
        await engine.close();
        engine = store.engine();
      }
      expect((await engine.open()).revokedTokens).toEqual([word('sub', '\ud800', 4, 91)]);
    });
  });

  describe('a write', () => {
    it('is applied before it is committed, and commits settle in the order of the calls', async () => {
      await engine.open();
      const order: string[] = [];
      const writes = ['a', 'b', 'c'].map((id) => {
        const write = engine.insert([task(id)]);
        const note = (moment: string) => (): void => void order.push(`${moment} ${id}`);
        return Promise.all([write.applied.then(note('applied')), write.committed.then(note('committed'))]);
      });
      await Promise.all(writes);
      for (const id of ['a', 'b', 'c'])
        expect(order.indexOf(`applied ${id}`)).toBeLessThan(order.indexOf(`committed ${id}`));
      const commits = order.filter((entry) => entry.startsWith('committed'));
      expect(commits).toEqual(['committed a', 'committed b', 'committed c']);
    });

    it('says the same at both moments', async () => {
      await engine.open();
      const write = engine.insert([task('a')]);
      expect(await write.applied).toEqual(await write.committed);
    });

    it('is seen by the calls after it and by none before', async () => {
      await engine.open();
      const before = engine.get(['a']);
      void engine.insert([task('a')]);
      const after = engine.get(['a']);
      expect(await before).toEqual([undefined]);
      expect(await after).toMatchObject([{ id: 'a' }]);
    });
  });

  describe('close', () => {
    it('is idempotent', async () => {
      await engine.open();
      await Promise.all([engine.close(), engine.close()]);
      await engine.close();
    });

    it('commits what is open', async () => {
      await engine.open();
      const written = engine.insert([task('a')]).committed;
      const claimed = engine.claim([claimAsk()], NOW);
      await engine.close();
      expect(await written).toMatchObject([{ inserted: true }]);
      expect(await claimed).toMatchObject([[{ id: 'a' }]]);
      if (!engine.durable) return;
      engine = store.engine();
      expect((await engine.open()).held).toMatchObject([{ id: 'a' }]);
    });

    it('refuses every call after it', async () => {
      await engine.open();
      await engine.close();
      const write = engine.insert([task('a')]);
      await expect(write.applied).rejects.toThrow('closed');
      await expect(write.committed).rejects.toThrow('closed');
      await expect(engine.get(['a'])).rejects.toThrow('closed');
      await expect(engine.claim([claimAsk()], NOW)).rejects.toThrow('closed');
      await expect(engine.define([]).committed).rejects.toThrow('closed');
    });
  });
}
