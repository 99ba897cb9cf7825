import { describe, expect, it } from 'vitest';
import { outlineOf } from '../../core/record.ts';
import type { SubjectFilter } from '../../core/summary.ts';
import { failAttempt, release, start } from '../../core/transitions.ts';
import type { Engine, HistoryQuery, Listing } from '../engine.ts';
import { change, claimOne, finishOne, keep, LANE, NOW, prune, task } from './tasks.ts';

export function describeList(current: () => Engine): void {
  const list = (filter: SubjectFilter = {}, more: Partial<HistoryQuery> = {}): Promise<Listing> =>
    current().list({ filter, before: null, limit: 100, reach: 100, ...more });
  const idsOf = ({ tasks }: Listing): readonly string[] => tasks.map(({ id }) => id);

  describe('list', () => {
    it('shows the newest first, in whatever phase they are', async () => {
      await keep(current(), task('ended'));
      await finishOne(current());
      await current().insert([
        task('unrouted', { routed: false }),
        task('scheduled', { dueAt: NOW + 9 }),
        task('ready'),
      ]).committed;
      const found = await list();
      expect(idsOf(found)).toEqual(['ready', 'scheduled', 'unrouted', 'ended']);
      expect(found.tasks.map(({ state, phase }) => [state, phase])).toEqual([
        ['PENDING', 'ready'],
        ['PENDING', 'scheduled'],
        ['PENDING', 'unrouted'],
        ['SUCCESS', 'ended'],
      ]);
      expect(found.next).toBe(null);
    });

    it('finds by its queue what nobody has defined: it waits there until somebody does', async () => {
      await current().insert([
        task('undefined', { routed: false, options: { queue: 'media' } }),
        task('elsewhere', { routed: false }),
      ]).committed;
      expect(idsOf(await list({ queue: 'media' }))).toEqual(['undefined']);
    });

    it('goes on where the last page ended, and says when there is no more', async () => {
      await current().insert(Array.from({ length: 7 }, (_, count) => task(`t${count}`))).committed;
      const pages: string[] = [];
      let before: number | null = null;
      do {
        const page: Listing = await list({}, { before, limit: 3 });
        pages.push(idsOf(page).join(' '));
        before = page.next;
      } while (before !== null);
      expect(pages).toEqual(['t6 t5 t4', 't3 t2 t1', 't0']);
    });

    it('looks at so many tasks and no more, and goes on behind them', async () => {
      await current().insert([
        task('wanted', { name: 'sub' }),
        ...Array.from({ length: 6 }, (_, count) => task(`t${count}`)),
      ]).committed;
      const filter = { name: 'sub' };
      const first = await list(filter, { reach: 4 });
      expect(idsOf(first)).toEqual([]);
      expect(first.next).not.toBe(null);
      const second = await list(filter, { reach: 4, before: first.next });
      expect(idsOf(second)).toEqual(['wanted']);
      expect(second.next).toBe(null);
    });

    it('shows the tasks of one subject, page by page, whatever lies between them', async () => {
      const alices = (id: string) => task(id, { subject: 'alice' });
      await current().insert([
        alices('a0'),
        task('nobody'),
        alices('a1'),
        ...Array.from({ length: 9 }, (_, count) => task(`bob${count}`, { subject: 'bob' })),
        task('like', { subject: 'alic' }),
        alices('a2'),
        alices('"half \ud800'),
      ]).committed;
      const filter = { subject: 'alice' };
      const first = await list(filter, { limit: 2, reach: 3 });
      expect(idsOf(first)).toEqual(['"half \ud800', 'a2']);
      const second = await list(filter, { before: first.next, reach: 2 });
      expect(idsOf(second)).toEqual(['a1', 'a0']);
      expect(second.next).toBe(null);
      expect(idsOf(await list({ ...filter, text: 'A1' }))).toEqual(['a1']);
      const none = await list({ ...filter, text: 'a0' }, { reach: 2 });
      expect([idsOf(none), idsOf(await list({ ...filter, text: 'a0' }, { before: none.next }))]).toEqual([
        [],
        ['a0'],
      ]);
      expect(await list({ subject: 'carol' })).toEqual({ tasks: [], next: null });
    });

    it('forgets the tasks of a subject with the tasks', async () => {
      await current().insert([task('old', { subject: 'alice' })]).committed;
      await finishOne(current());
      await current().insert([task('new', { subject: 'alice' })]).committed;
      await prune(current(), NOW + 1, NOW + 1, 10);
      expect(idsOf(await list({ subject: 'alice' }))).toEqual(['new']);
    });

    it('passes over what has been deleted', async () => {
      for (const id of ['first', 'second', 'third']) {
        await keep(current(), task(id));
        await finishOne(current(), id === 'second' ? NOW : NOW + 10);
      }
      await prune(current(), NOW + 1, NOW + 1, 10);
      expect(idsOf(await list({}, { reach: 2 }))).toEqual(['third']);
      const [newest] = (await list({}, { limit: 1 })).tasks;
      expect(newest?.id).toBe('third');
      const { next } = await list({}, { limit: 1 });
      expect(idsOf(await list({}, { before: next }))).toEqual(['first']);
      expect((await list({}, { before: next })).next).toBe(null);
    });

    it.each<[string, SubjectFilter, readonly string[]]>([
      ['states', { states: ['FAILURE', 'SUCCESS'] }, ['failed', 'done']],
      ['a state that none is in', { states: ['RETRY'] }, []],
      ['a queue', { queue: 'media' }, ['film']],
      ['a name', { name: 'sub' }, ['film']],
      ['a worker', { worker: 'worker-1' }, ['failed', 'done']],
      ['text in the id, in any case', { text: 'FIL' }, ['film']],
      ['text in the arguments', { text: 'a.mov' }, ['film']],
      ['text in what is shown instead of the arguments', { text: 'secret' }, []],
      ['text in the shadow name', { text: 'Nightly' }, ['shadowed']],
      ['all of it', { states: ['PENDING'], queue: 'default', name: 'add', text: 'shadow' }, ['shadowed']],
    ])('finds by %s', async (_, filter, ids) => {
      await keep(current(), task('done'));
      await finishOne(current());
      await keep(current(), task('failed'));
      const running = start(await claimOne(current()), NOW);
      const failure = JSON.stringify({ name: 'TypeError', message: 'no such file' });
      await current().advance([change({ ...running, version: 2, phase: 'leased' }, running)]).committed;
      await current().advance([change(running, failAttempt(running, 'error', failure, NOW))]).committed;
      await current().insert([
        task('film', { name: 'sub', args: '["a.mov"]', options: { queue: 'media' } }),
        task('shadowed', { args: '["secret"]', call: { shadow: 'nightly', argsRepr: '(…)' } }),
      ]).committed;
      expect(idsOf(await list(filter))).toEqual(ids);
    });

    it('shows a line of an error, and the beginning of long or foreign arguments', async () => {
      await keep(current(), task('long', { args: `"${'é'.repeat(1_000)}"` }));
      await keep(current(), task('foreign', { args: ['text/x', `[${'y'.repeat(1_000)}]`] }));
      await keep(current(), task('failed', { options: { priority: 9 } }));
      const claimed = await claimOne(current());
      const running = start(claimed, NOW);
      const failure = JSON.stringify({ name: 'TypeError', message: 'no such file', traceback: 'at x' });
      await current().advance([
        change(claimed, running),
        change(running, failAttempt(running, 'error', failure, NOW)),
      ]).committed;
      const { tasks } = await list();
      expect(tasks.map(({ id, args, error }) => [id, args.slice(0, 3), args.length, error])).toEqual([
        ['failed', '[2,', 5, 'TypeError: no such file'],
        ['foreign', '[yy', 300, null],
        ['long', '"éé', 300, null],
      ]);
    });

    it('shows what was called before it, and not what comes after', async () => {
      void current().insert([task('before')]);
      const found = list();
      void current().insert([task('after')]);
      expect(idsOf(await found)).toEqual(['before']);
    });
  });

  describe('oldest', () => {
    it('says when the oldest ready task of each queue was accepted, whatever its priority', async () => {
      const other = { ...LANE, queue: 'other' };
      const later = (id: string, at: number, priority: number, queue = 'default') => {
        const record = task(id, { options: { priority, queue } });
        const [first] = record.history.entries;
        return first === undefined
          ? record
          : { ...record, history: { entries: [[first[0], first[1], at, 0, null] as const], omitted: 0 } };
      };
      await current().insert([
        later('a', NOW, 0),
        later('b', NOW + 1, 9),
        later('c', NOW + 2, 9, 'other'),
        task('scheduled', { dueAt: NOW + 9, options: { queue: 'third' } }),
      ]).committed;
      const oldest = () => current().oldest(['default', 'other', 'third', 'no such queue'], 10);
      expect(await oldest()).toEqual(
        new Map([
          ['default', NOW],
          ['other', NOW + 2],
        ]),
      );
      const claimed = await claimOne(current(), { lanes: [other] });
      expect((await oldest()).get('other')).toBe(undefined);
      await current().advance([change(claimed, release(claimed, NOW))]).committed;
      expect((await oldest()).get('other')).toBe(NOW + 2);
    });
  });
}

export function describeOutline(current: () => Engine): void {
  describe('outline', () => {
    it('says of each task what its record says, and nothing of those that there are not', async () => {
      const lineage = { rootId: 'root', parentId: 'parent' };
      await keep(current(), task('plain'));
      await keep(current(), task('whole', { subject: 'ann', lineage, prepend: ['"before"'], args: '["x"]' }));
      await keep(current(), task('first of its family', { subject: 'ann', prepend: ['1', '2'] }));
      await claimOne(current());
      const ids = ['whole', 'nobody', 'plain', 'first of its family'];
      const records = await current().get(ids);
      const outlines = await current().outline(ids);
      expect(outlines.map((outline) => outline && { ...outline })).toMatchObject(
        records.map((record) => (record === undefined ? undefined : outlineOf(record))),
      );
      expect(outlines.map((outline) => outline?.lineage)).toEqual([lineage, undefined, null, null]);
      expect(outlines[2]?.lease).not.toBeNull();
    });
  });
}
