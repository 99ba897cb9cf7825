import { describe, expect, it } from 'vitest';
import { outlineOf } from '../../core/record.ts';
import { complete, lease, start } from '../../core/transitions.ts';
import type { Engine } from '../engine.ts';
import { change, claimAsk, finishOne, keep, keyOf, NOW, task, uuid } from './tasks.ts';

export function describeInsert(current: () => Engine): void {
  describe('insert', () => {
    it('keeps every field of a task', async () => {
      const call = { queue: 'media', priority: 7, etaAt: NOW + 5, expiresMs: 100 };
      const record = task(uuid(1), {
        name: 'media.encode',
        args: ['application/x-own', 'body'],
        call,
        options: { queue: 'media', priority: 7, maxRetries: null, expiresMs: 3 },
        dueAt: NOW + 5,
        expiresAt: NOW + 100,
        prepend: ['[1]', ['text/plain', '\ud800'], ''],
        lineage: { rootId: 'root', parentId: '\udc00' },
        subject: '"alice\ud800',
      });
      const kept = await keep(current(), record);
      expect(await current().get([record.id])).toEqual([kept]);
    });

    it.each([
      ['only what stands before the arguments', { prepend: ['4'] }],
      ['only a subject', { subject: 'alice' }],
      ['only a lineage', { lineage: { rootId: 'root', parentId: 'parent' } }],
    ])('keeps %s', async (_, sample) => {
      const kept = await keep(current(), task('a', sample));
      expect(await current().get(['a'])).toEqual([kept]);
      expect(await current().claim([claimAsk()], NOW)).toMatchObject([[sample]]);
    });

    it('gives keys in the order of the records, across calls', async () => {
      const first = await current().insert([task('a'), task('b')]).applied;
      const second = await current().insert([task('c')]).applied;
      const keys = [...first, ...second].map(keyOf);
      expect(keys).toEqual([...keys].sort((one, other) => one - other));
      expect(new Set(keys).size).toBe(3);
      expect(Math.min(...keys)).toBeGreaterThan(0);
    });

    it('is idempotent: the same call again is answered with what is kept', async () => {
      const kept = await keep(current(), task('a'));
      const [verdict] = await current().insert([task('a')]).committed;
      expect(verdict).toEqual({ inserted: false, same: true, acceptedAt: NOW, existing: outlineOf(kept) });
    });

    it('answers with the task as it has become since', async () => {
      await keep(current(), task('a'));
      const ended = await finishOne(current());
      const [verdict] = await current().insert([task('a')]).committed;
      expect(verdict).toEqual({
        inserted: false,
        same: true,
        acceptedAt: NOW,
        existing: outlineOf(ended),
      });
    });

    it('sees a task of the same batch', async () => {
      const [first, second] = await current().insert([task('a'), task('a', { args: '[3]' })]).committed;
      expect(first).toMatchObject({ inserted: true });
      expect(second).toMatchObject({ inserted: false, same: false });
    });

    it.each([
      ['another name', task('a', { name: 'sub' })],
      ['other arguments', task('a', { args: '[2,3]' })],
      ['arguments of another type', task('a', { args: ['text/plain', '[2,2]'] })],
      ['other options of the call', task('a', { call: { priority: 1 } })],
    ])('takes %s for another call, and leaves what is kept', async (_, other) => {
      const kept = await keep(current(), task('a'));
      expect(await current().insert([other]).committed).toEqual([
        { inserted: false, same: false, acceptedAt: NOW, existing: outlineOf(kept) },
      ]);
      expect(await current().get(['a'])).toEqual([kept]);
    });

    it('does not look at what the call did not say', async () => {
      await keep(current(), task('a'));
      const [verdict] = await current().insert([task('a', { options: { priority: 9 }, dueAt: NOW + 9 })])
        .committed;
      expect(verdict).toMatchObject({ inserted: false, same: true });
    });

    it.each(['unrouted', 'scheduled', 'ready'] as const)('takes a task that is %s', async (phase) => {
      const record = {
        ...task('a', { dueAt: phase === 'scheduled' ? NOW + 1 : null, routed: phase !== 'unrouted' }),
      };
      expect(record.phase).toBe(phase);
      await keep(current(), record);
      expect(await current().get(['a'])).toMatchObject([{ phase }]);
    });

    it('takes a task that is leased or running already, which nobody else gets', async () => {
      const leased = lease(task('a'), { session: 's', worker: 'w', nonce: 'n' });
      const running = start(lease(task('b'), { session: 's', worker: 'w', nonce: 'm' }), NOW);
      const verdicts = await current().insert([leased, running]).committed;
      const [keyA, keyB] = verdicts.map(keyOf);
      expect(await current().get(['a', 'b'])).toEqual([
        { ...leased, key: keyA },
        { ...running, key: keyB },
      ]);
      const from = { ...running, key: keyB ?? 0 };
      expect(await current().advance([change(from, complete(from, '4', NOW))]).committed).toEqual([
        'applied',
      ]);
    });

    it.each([
      ['of any kind', ['', 'a', 'A', ' a', 'a ', '0', '"a"', '""', '\\ud800', 'id\u0000zero', '💥', 'ä']],
      ['with half a surrogate pair', ['\ud800', '\udc00', '\ufffd', '"\\ud800"']],
      ['of one millisecond', Array.from({ length: 50 }, (_, count) => uuid(count))],
      [
        'that only look like UUIDv7',
        ['zzzzzzzz-zzzz-7zzz-8zzz-zzzzzzzzzzzz', '------------7-----------------------'],
      ],
    ])('tells ids %s apart', async (_, ids) => {
      const records = ids.map((id, position) => task(id, { args: `[${position}]` }));
      const verdicts = await current().insert(records).committed;
      expect(verdicts.map((verdict) => verdict.inserted)).toEqual(ids.map(() => true));
      const found = await current().get(ids);
      expect(found.map((record) => record?.id)).toEqual(ids);
      expect(found.map((record) => record?.args)).toEqual(records.map((record) => record.args));
    });

    it.each(['', '"quoted"', 'zero\u0000inside', '\ud800 alone', '💥', ' '])(
      'keeps the payload %j as it is',
      async (args) => {
        await keep(current(), task('a', { args, name: `name ${args}` }));
        expect(await current().get(['a'])).toMatchObject([{ args, name: `name ${args}` }]);
        await keep(current(), task('b', { args: ['text/plain', args] }));
        expect(await current().get(['b'])).toMatchObject([{ args: ['text/plain', args] }]);
      },
    );

    it('of nothing does nothing', async () => {
      expect(await current().insert([]).committed).toEqual([]);
    });
  });
}
