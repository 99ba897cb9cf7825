/** `read:own` and `revoke:own`: what a token may do because of whose the task is. */
import { describe, expect, test } from 'vitest';
import { type Guarded, mint, receipts, startGuarded } from '../../../test/guarded-gateway.ts';
import { RawClient } from '../../../test/raw-client.ts';

async function calls(client: RawClient, ...ids: readonly string[]): Promise<void> {
  client.emit(
    'submit',
    ids.map((id) => [id, 'add', '[2,2]', null, 0]),
  );
  await receipts(client);
}

/** Tasks of alice and of bob, and alice again with a token for her own. */
async function scene(): Promise<{ guarded: Guarded; bob: RawClient; alice: RawClient }> {
  const guarded = await startGuarded();
  const first = await guarded.guest('alice', 'call:add');
  const bob = await guarded.guest('bob', 'call:add');
  await calls(first, 'hers');
  await calls(bob, 'his');
  first.terminate();
  const alice = await guarded.guest('alice', 'read:own', 'revoke:own');
  return { guarded, bob, alice };
}

/** What a client is shown of tasks, and whether it is told anything else. */
async function shown(client: RawClient): Promise<readonly unknown[]> {
  const [snapshots] = (await client.next('snapshots')) as [{ id: string; known: boolean }[]];
  return snapshots.map(({ id, known }) => [id, known]);
}

describe('who may read its own tasks', () => {
  test('is answered of a task of others as of one that there is not', async () => {
    const { alice } = await scene();
    const { ok } = (await alice.ask('get', ['hers', 'his', 'nobodys'])) as { ok: [object, object, object] };
    expect(ok[0]).toMatchObject({ id: 'hers', known: true, args: '[2,2]' });
    expect({ ...ok[1], id: '' }).toEqual({ ...ok[2], id: '' });
    expect(ok[2]).toMatchObject({ known: false });
  });

  test('follows those, from another connection as well, and hears nothing of others', async () => {
    const { guarded, alice } = await scene();
    alice.emit('watch', {
      epoch: null,
      tasks: [
        ['hers', 0],
        ['his', 0],
        ['nobodys', 0],
      ],
    });
    expect(await shown(alice)).toEqual([
      ['hers', true],
      ['his', false],
      ['nobodys', false],
    ]);
    const worker = await guarded.hand(['default'], { add: {} });
    await worker.works();
    expect((await alice.ended('hers')).slice(0, 2)).toEqual(['hers', 3]);
    await alice.ask('get', []);
    expect([alice.heard('events'), alice.heard('snapshots'), alice.heard('refused')]).toEqual([0, 0, 0]);
  });

  test('follows one that is called after it was asked for, and hears nothing of one that others call then', async () => {
    const { guarded, bob, alice } = await scene();
    alice.emit('watch', {
      epoch: null,
      tasks: [
        ['soon hers', 0],
        ['soon his', 0],
      ],
    });
    await shown(alice);
    const again = await guarded.guest('alice', 'call:add');
    await calls(bob, 'soon his');
    await calls(again, 'soon hers');
    expect(await shown(alice)).toEqual([['soon hers', true]]);
    const worker = await guarded.hand(['default'], { add: {} });
    await worker.works();
    expect((await alice.ended('soon hers')).slice(0, 2)).toEqual(['soon hers', 3]);
    await alice.ask('get', []);
    expect([alice.heard('events'), alice.heard('snapshots')]).toEqual([0, 0]);
  });

  test('reads the streams of those, and is refused the same of others and of none', async () => {
    const { guarded, alice } = await scene();
    await (await guarded.hand(['default'], { add: {} })).works();
    alice.emit('openStreams', [
      [1, 'hers', 0, 0],
      [2, 'his', 0, 0],
      [3, 'nobodys', 0, 0],
    ]);
    const told: unknown[] = [];
    while (told.length < 3) {
      const [items] = (await alice.next('streams')) as [[number, string][]];
      told.push(...items.map(([reader, kind]) => [reader, kind]));
    }
    expect(new Set(told.map(String))).toEqual(new Set(['1,end', '2,refused', '3,refused']));
  });

  test('finds those in the history and in a feed, page by page, and no others', async () => {
    const { guarded, bob, alice } = await scene();
    await calls(bob, ...Array.from({ length: 30 }, (_, number) => `his ${number}`));
    const again = await guarded.guest('alice', 'call:add', 'read:own');
    await calls(again, 'hers too');
    const page = async (before: number | null) => {
      const answer = await alice.ask('list', [{ filter: {}, before, rows: 1 }]);
      const [one] = (answer as { ok: [{ rows: [[string]]; next: number | null }] }).ok;
      return [one.rows.map(([id]) => id), one.next] as const;
    };
    const [first, next] = await page(null);
    const [second, last] = await page(next);
    expect([first, second, last]).toEqual([['hers too'], ['hers'], null]);
    alice.emit('openFeeds', [[1, 'tasks', {}, 10]]);
    const rows = async () => {
      const [[[, , update]]] = (await alice.next('feeds')) as [[[number, string, { rows: [string][] }]]];
      return update.rows.map(([id]) => id);
    };
    expect((await rows()).sort()).toEqual(['hers', 'hers too']);
    await calls(bob, 'his last');
    await calls(again, 'hers last');
    expect(await rows()).toEqual(['hers last']);
  });

  test.each(['queues', 'workers', 'definitions', 'events'])('opens no feed of %s', async (kind) => {
    const { alice } = await scene();
    alice.emit('openFeeds', [kind === 'events' ? [1, kind, null, null] : [1, kind]]);
    expect(await alice.next('feeds')).toMatchObject([[[1, 'refused', { code: 'FORBIDDEN' }]]]);
  });

  test('has the tasks that its tasks call and link to', async () => {
    const { guarded, alice } = await scene();
    const worker = await guarded.hand(['default'], { add: {} });
    const body = await guarded.guest('worker', 'call:add', 'work:default');
    const [assignments] = [await worker.next('assign')];
    const held = assignments.find(([, id]) => id === 'hers');
    body.emit('submit', [['child', 'add', '[]', null, 0, ['hers', 'hers']]]);
    await receipts(body);
    const caller = await guarded.guest('alice', 'call:add');
    caller.emit('submit', [
      [
        '1',
        'add',
        '[]',
        { link: [{ id: 'linked', name: 'add', args: '[]', immutable: true, options: null }] },
        0,
      ],
    ]);
    await receipts(caller);
    worker.send(['settled', [[held?.[0], 'hers', 1, ['success', '4']]]]);
    for (let done = 0; done < 3; done++) await worker.works();
    await caller.ended('1');
    expect(await alice.ask('get', ['child', 'linked'])).toMatchObject({
      ok: [{ parentId: 'hers' }, { parentId: '1' }],
    });
  });
});

describe('who may revoke its own tasks', () => {
  test('is answered of a task of others as of one that there is not', async () => {
    const { alice, bob } = await scene();
    expect(
      await alice.ask('revoke', [
        ['his', true, 0],
        ['hers', true, 0],
        ['nobodys', true, 0],
      ]),
    ).toEqual({
      ok: ['unknown', 'prevented', 'unknown'],
    });
    expect(await alice.ask('forget', ['his', 'hers', 'nobodys'])).toEqual({ ok: [false, true, false] });
    expect(bob.heard('events')).toBe(0);
  });

  test('is not who may read them only', async () => {
    const { guarded } = await scene();
    const reader = await guarded.guest('alice', 'read:own');
    expect(await reader.ask('revoke', [['hers', true, 0]])).toEqual({ ok: [null] });
    expect(await reader.ask('forget', ['hers'])).toMatchObject({ refused: { code: 'FORBIDDEN' } });
  });
});

test('a token without a subject owns nothing', async () => {
  const guarded = await startGuarded();
  const first = await guarded.guest(null, 'call:add', 'read:own');
  await calls(first, '1');
  const second = await RawClient.welcomed(guarded.url, {
    auth: { protocol: { min: 1, max: 1 }, token: await mint(null, ['read:own', 'revoke:own']) },
  });
  expect(await second.ask('get', ['1'])).toEqual({ ok: [null] });
  expect(await second.ask('list', [{ filter: {}, before: null, rows: 1 }])).toMatchObject({
    refused: { code: 'FORBIDDEN' },
  });
  second.terminate();
});
