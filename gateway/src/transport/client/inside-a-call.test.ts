/** What a call carries is asked about like the call itself. */
import { LINKED_CALLS } from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { receipts, startGuarded } from '../../../test/guarded-gateway.ts';
import type { RawClient } from '../../../test/raw-client.ts';

const link = (id: string, name: string, options: object | null = null) => ({
  id,
  name,
  args: '[]',
  immutable: true,
  options,
});

/** A call, and what becomes of it. */
async function call(
  client: RawClient,
  id: string,
  name: string,
  options: object | null = null,
  ...more: readonly unknown[]
): Promise<readonly unknown[]> {
  client.emit('submit', [[id, name, '[]', options, 0, ...more]]);
  return (await receipts(client))[0] ?? [];
}

/** A linked call, so many deep, in links of this kind. */
function deep(depth: number, kind: 'link' | 'linkError', inner: object): object {
  return depth === 0 ? inner : { [kind]: [link(`at ${depth}`, 'echo', deep(depth - 1, kind, inner))] };
}

describe('finding 1: a token that may call one task', () => {
  test.each([
    ['a link', { link: [link('l', 'pay')] }],
    ['an errback', { linkError: [link('l', 'pay')] }],
    ['one of many', { link: [link('l1', 'echo'), link('l2', 'pay'), link('l3', 'echo')] }],
    ['a link of an errback', { linkError: [link('l1', 'echo', { link: [link('l2', 'pay')] })] }],
    ['a link, as deep as links go', deep(19, 'link', { link: [link('l', 'pay')] })],
    ['an errback, as deep as links go', deep(19, 'linkError', { linkError: [link('l', 'pay')] })],
  ])('runs no other one by %s', async (_, options) => {
    const guarded = await startGuarded();
    const worker = await guarded.hand(['default'], { echo: {}, pay: {} });
    const page = await guarded.guest('page', 'call:echo');
    page.emit('submit', [['1', 'echo', '[]', options, 0]]);
    const [[refusal]] = (await page.next('receipts')) as [[unknown[]]];
    expect(refusal?.slice(0, 3)).toEqual(['1', 0, 'FORBIDDEN']);
    expect(refusal?.[3]).toContain('call pay');
    expect(await call(page, '2', 'echo', { link: [link('next', 'echo')] })).toEqual(['2', 1, 'default']);
    const first = await worker.works();
    const second = await worker.works();
    expect([...first, ...second].map(([, id]) => id)).toEqual(['2', 'next']);
  });

  test('links so many calls in all and no more', async () => {
    const guarded = await startGuarded();
    await guarded.hand(['default'], { echo: {} });
    const page = await guarded.guest('page', 'call:echo');
    const many = (count: number) =>
      Array.from({ length: count / 100 }, (_, outer) =>
        link(`o${outer}`, 'echo', {
          linkError: Array.from({ length: 99 }, (_, inner) => link(`o${outer}.${inner}`, 'echo')),
        }),
      );
    expect(await call(page, '1', 'echo', { link: many(LINKED_CALLS) })).toEqual(['1', 1, 'default']);
    const more = { link: many(LINKED_CALLS), linkError: [link('one more', 'echo')] };
    expect(await call(page, '2', 'echo', more)).toEqual(['2', 0, 'TOO_MANY_LINKS']);
  });
});

describe('finding 9: what a caller knows of a task', () => {
  const ENCODE = { keyLimit: 1, timeLimitMs: 5_000, queue: 'media', ratePerHour: 60, acksLate: false };
  const LOOSE = {
    queue: 'default',
    priority: 9,
    timeLimitMs: 3_600_000,
    softTimeLimitMs: 3_500_000,
    maxRetries: null,
    maxDeliveries: 1_000,
    acksLate: true,
    ratePerHour: null,
    taskLimit: null,
    keyLimit: 10_000,
    ignoreResult: true,
    rejectOnWorkerLost: true,
  };

  test.each([
    ['its definition', true, undefined],
    ['its definition that says nothing', true, {}],
    ['a route', false, undefined],
  ])('loosens nothing that a worker has said, by %s', async (_, defines, given) => {
    const guarded = await startGuarded();
    const worker = await guarded.hand(['media', 'default'], { encode: ENCODE });
    const page = await guarded.guest('page', 'call:encode', 'queue:default', 'queue:media');
    if (defines) page.emit('define', [['encode', given ?? LOOSE]]);
    const route = defines ? null : LOOSE;
    expect(await call(page, '1', 'encode', null, null, route)).toEqual(['1', 0, 'KEY_REQUIRED']);
    const keyed = { concurrencyKey: 'k' };
    expect(await call(page, '2', 'encode', keyed, null, route)).toEqual(['2', 1, 'media']);
    expect(await call(page, '3', 'encode', keyed, null, route)).toEqual(['3', 1, 'media']);
    const [assignment, ...others] = await worker.next('assign');
    expect(others).toEqual([]);
    expect(assignment?.[5]).toMatchObject({ timeLimitMs: 5_000, ...(defines ? {} : { queue: 'media' }) });
    expect(assignment?.[5]).not.toHaveProperty('maxDeliveries', 1_000);
  });

  test('outlives no worker’s coming', async () => {
    const guarded = await startGuarded();
    const page = await guarded.guest('page', 'call:encode', 'queue:default', 'admin:read');
    page.emit('define', [['encode', LOOSE]]);
    expect(await call(page, '1', 'encode')).toEqual(['1', 1, null]);
    expect(await call(page, '2', 'encode')).toEqual(['2', 1, null]);
    const worker = await guarded.hand(['media', 'default'], { encode: ENCODE });
    const [assignment, ...others] = await worker.next('assign');
    expect(others).toEqual([]);
    expect(assignment?.slice(1, 4)).toEqual(['1', 1, 'encode']);
    const answer = await page.ask('list', [{ filter: {}, before: null, rows: 9 }]);
    const [{ rows }] = (answer as { ok: [{ rows: readonly (readonly unknown[])[] }] }).ok;
    expect(rows.map((row) => [row[0], row[5], row[6]])).toEqual([
      ['2', 'media', 0],
      ['1', 'media', 0],
    ]);
  });
});

describe('a queue', () => {
  test.each([
    ['named by the call', { queue: 'vip' }, null],
    ['named by a route', null, { queue: 'vip' }],
    ['where it is to be before others', { priority: 9 }, null],
    ['where a route puts it before others', null, { priority: 9 }],
    ['named by a linked call', { link: [link('l', 'echo', { queue: 'vip' })] }, null],
    [
      'named deep in links',
      { linkError: [link('l', 'echo', { link: [link('m', 'echo', { queue: 'vip' })] })] },
      null,
    ],
    ['where a linked call is to be before others', { link: [link('l', 'echo', { priority: 4 })] }, null],
  ])('is a right: one %s', async (_, options, route) => {
    const guarded = await startGuarded();
    await guarded.hand(['default', 'vip'], { echo: {} });
    const page = await guarded.guest('page', 'call:echo');
    expect(await call(page, '1', 'echo', options, null, route)).toEqual(['1', 0, 'FORBIDDEN']);
    const other = await guarded.guest('page', 'call:echo', 'queue:other');
    expect(await call(other, '1', 'echo', options, null, route)).toEqual(['1', 0, 'FORBIDDEN']);
    const allowed = await guarded.guest('page', 'call:echo', 'queue:vip', 'queue:default');
    expect(await call(allowed, '1', 'echo', options, null, route)).toEqual(['1', 1, expect.any(String)]);
  });

  test.each([
    ['the definition’s queue', 'echo', { queue: 'own', priority: 3 }],
    ['a lower priority', 'echo', { priority: 1 }],
    ['the default queue of a task that nobody has defined', 'unknown', { queue: 'default' }],
  ])('is no right where the call names %s', async (_, name, options) => {
    const guarded = await startGuarded();
    await guarded.hand(['own'], { echo: { queue: 'own', priority: 3 } });
    const page = await guarded.guest('page', 'call:*');
    expect((await call(page, '1', name, options)).slice(0, 2)).toEqual(['1', 1]);
    expect((await call(page, '2', 'echo', null, null, options)).slice(0, 2)).toEqual(['2', 1]);
  });

  test('of a task that nobody has defined is the default one, or a right', async () => {
    const guarded = await startGuarded();
    const page = await guarded.guest('page', 'call:*');
    expect(await call(page, '1', 'unknown', { queue: 'media' })).toEqual(['1', 0, 'FORBIDDEN']);
    expect(await call(page, '2', 'unknown', { priority: 1 })).toEqual(['2', 0, 'FORBIDDEN']);
  });
});

describe('finding 10: a call that is sent again by another subject', () => {
  test.each([
    ['word for word', null],
    ['with other content', { shadow: 'x' }],
  ])('%s is told that the id is taken, and nothing more', async (_, options) => {
    const guarded = await startGuarded();
    const worker = await guarded.hand(['default'], { report: {} });
    const alice = await guarded.guest('alice', 'call:report');
    const bob = await guarded.guest('bob', 'call:report');
    await call(alice, '1', 'report');
    expect(await call(bob, '1', 'report', options)).toEqual(['1', 0, 'ID_CONFLICT']);
    await worker.works('"secret"');
    await alice.ended('1');
    expect(await call(bob, '1', 'report', options)).toEqual(['1', 0, 'ID_CONFLICT']);
    expect(await bob.ask('get', ['1'])).toEqual({ ok: [null] });
    expect([bob.heard('events'), bob.heard('snapshots')]).toEqual([0, 0]);
  });

  test.each([
    ['its caller', 'alice', []],
    ['whoever may read it', 'bob', ['read:1']],
    ['its caller, by another token', 'alice', ['read:own']],
  ])('shows it to %s', async (_, subject, scopes) => {
    const guarded = await startGuarded();
    const worker = await guarded.hand(['default'], { report: {} });
    const alice = await guarded.guest('alice', 'call:report');
    await call(alice, '1', 'report');
    await worker.works('"secret"');
    await alice.ended('1');
    const other = await guarded.guest(subject, 'call:report', ...scopes);
    expect(await call(other, '1', 'report')).toEqual(['1', 1, 'default']);
    expect(await other.next('snapshots')).toMatchObject([[{ id: '1', body: '"secret"' }]]);
  });
});

describe('finding 21: ids', () => {
  test('of linked calls take nothing over, and show nothing under somebody else’s', async () => {
    const guarded = await startGuarded();
    const worker = await guarded.hand(['default'], { pay: {}, echo: {} });
    const operator = await guarded.guest('op', 'admin:read', 'read:*');
    operator.emit('openFeeds', [[1, 'events', ['task-sent'], null]]);
    await operator.next('feeds');
    const victim = await guarded.guest('victim', 'call:pay');
    await call(victim, 'victims', 'pay');
    await worker.works();
    await victim.ended('victims');
    const forger = await guarded.guest('forger', 'call:*');
    const watching = await guarded.guest('op', 'read:victims');
    watching.emit('watch', { epoch: null, tasks: [['victims', 0]] });
    await watching.next('snapshots');
    await call(forger, '1', 'echo', { link: [link('victims', 'pay'), link('new', 'pay')] });
    await worker.works();
    const end = await forger.ended('1');
    expect(end.at(-1)).toEqual(['new']);
    await worker.works();
    expect(await operator.ask('get', ['1', 'victims'])).toMatchObject({
      ok: [{ children: ['new'] }, { args: '[]', parentId: null, history: { length: 3 } }],
    });
    const sent: unknown[] = [];
    while (sent.length < 3) {
      const [items] = (await operator.next('feeds')) as [[[number, string, { events: { uuid: string }[] }]]];
      for (const [, , { events }] of items) sent.push(...events.map(({ uuid }) => uuid));
    }
    expect(sent).toEqual(['victims', '1', 'new']);
    expect(watching.heard('events')).toBe(0);
  });

  test('of running tasks neither', async () => {
    const guarded = await startGuarded();
    const worker = await guarded.hand(['default'], { pay: {}, echo: {} });
    const victim = await guarded.guest('victim', 'call:pay');
    await call(victim, 'victims', 'pay');
    const [held] = await worker.next('assign');
    worker.send(['started', [held?.[0]]]);
    const forger = await guarded.guest('forger', 'call:*');
    await call(forger, '1', 'echo', { link: [link('victims', 'pay')] });
    await worker.works();
    expect((await forger.ended('1')).length).toBe(9);
    worker.send(['settled', [[held?.[0], 'victims', 1, ['success', '4']]]]);
    expect((await victim.ended('victims')).slice(1, 5)).toEqual([
      3,
      expect.any(Number),
      'SUCCESS',
      'completed',
    ]);
  });

  test.each([
    ['the call itself', { link: [link('1', 'echo')] }],
    ['two of a list', { link: [link('l', 'echo'), link('l', 'echo')] }],
    ['a call and its link', { linkError: [link('l', 'echo', { link: [link('l', 'echo')] })] }],
  ])('of one call are each its own, also of %s', async (_, options) => {
    const guarded = await startGuarded();
    const page = await guarded.guest('page', 'call:echo');
    expect(await call(page, '1', 'echo', options)).toEqual(['1', 0, 'BAD_OPTIONS']);
  });

  test('of a link and of an errback may be one: only one of them is called', async () => {
    const guarded = await startGuarded();
    const page = await guarded.guest('page', 'call:echo');
    const both = { link: [link('l', 'echo')], linkError: [link('l', 'echo')] };
    expect(await call(page, '1', 'echo', both)).toEqual(['1', 1, null]);
  });

  test.each([
    ['its caller', 'alice', [], { parentId: 'parent', rootId: 'root' }],
    ['who may read it', 'bob', ['read:parent'], { parentId: 'parent', rootId: 'root' }],
    ['a worker of its queue', 'w', ['work:default'], { parentId: 'parent', rootId: 'root' }],
    ['nobody else', 'bob', ['work:other', 'read:root', 'read:own'], { parentId: null, rootId: 'child' }],
  ] as const)('of a parent are believed from %s', async (_, subject, scopes, family) => {
    const guarded = await startGuarded();
    const worker = await guarded.hand(['default'], { echo: {} });
    const alice = await guarded.guest('alice', 'call:echo');
    await call(alice, 'root', 'echo', { link: [link('parent', 'echo')] });
    await worker.works();
    const [held] = await worker.next('assign');
    const caller = await guarded.guest(subject, 'call:echo', ...scopes);
    await call(caller, 'child', 'echo', null, ['forged root', 'parent']);
    worker.send(['settled', [[held?.[0], 'parent', 1, ['success', '4']]]]);
    await worker.works();
    // Not only while the parent runs.
    await call(caller, 'late', 'echo', null, ['forged root', 'parent']);
    const operator = await guarded.guest('op', 'read:*');
    const late = { ...family, rootId: family.rootId === 'child' ? 'late' : family.rootId };
    expect(await operator.ask('get', ['child', 'late'])).toMatchObject({ ok: [family, late] });
  });

  test('of a parent that there is not are not believed', async () => {
    const guarded = await startGuarded();
    const page = await guarded.guest('page', '*');
    await call(page, '1', 'echo', null, ['nothing', 'nobody']);
    expect(await page.ask('get', ['1'])).toMatchObject({ ok: [{ rootId: '1', parentId: null }] });
  });
});
