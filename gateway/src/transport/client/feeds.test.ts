/** What an operator asks for over a real socket, and what is refused. */
import { OPEN_FEEDS } from '@celeriac/protocol/internal';
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from '@celeriac/token/internal';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { type Running, startGateway } from '../../../test/gateway-setup.ts';
import type { RawClient } from '../../../test/raw-client.ts';

const KEY = 'k'.repeat(32);

async function withScope(scope: string): Promise<{ readonly auth: unknown }> {
  const token = await new SignJWT({ scope })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(TOKEN_AUDIENCE)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(KEY));
  return { auth: { protocol: { min: 1, max: 1 }, token } };
}

/** What is told of these feeds first, by their number. */
async function told(client: RawClient, count: number): Promise<ReadonlyMap<unknown, readonly unknown[]>> {
  const first = new Map<unknown, readonly unknown[]>();
  while (first.size < count) {
    const [items] = (await client.next('feeds')) as readonly [readonly (readonly unknown[])[]];
    for (const [feed, ...rest] of items) if (!first.has(feed)) first.set(feed, rest);
  }
  return first;
}

const refused = (code: string): readonly unknown[] => ['refused', expect.objectContaining({ code })];

/** A client with an open feed, who is to notice nothing. */
async function bystander(running: Running): Promise<() => Promise<void>> {
  const client = await running.client();
  // Unlike a table, it is told of a call when it comes, not with the next second.
  client.emit('openFeeds', [[1, 'tasks', {}, 10]]);
  await told(client, 1);
  return async () => {
    client.emit('submit', [['unharmed', 'add', '[]', {}, 0]]);
    const [items] = (await client.next('feeds')) as readonly [readonly unknown[]];
    expect(JSON.stringify(items)).toContain('"unharmed"');
  };
}

test('one feed too many is refused, and costs nothing but itself', async () => {
  const { client, refusals } = await startGateway();
  const watcher = await client();
  const feeds = Array.from({ length: OPEN_FEEDS + 1 }, (_, at) => [at + 1, 'workers']);
  // No frame opens more than there may be.
  watcher.emit('openFeeds', feeds.slice(0, OPEN_FEEDS));
  watcher.emit('openFeeds', feeds.slice(OPEN_FEEDS));
  const first = await told(watcher, OPEN_FEEDS + 1);
  expect(first.get(OPEN_FEEDS + 1)).toEqual(refused('TOO_MANY_FEEDS'));
  for (let feed = 1; feed <= OPEN_FEEDS; feed++) expect(first.get(feed)?.[0]).toBe('rows');
  watcher.emit('closeFeeds', [1]);
  watcher.emit('openFeeds', [[OPEN_FEEDS + 2, 'workers']]);
  expect((await told(watcher, 1)).get(OPEN_FEEDS + 2)?.[0]).toBe('rows');
  expect(refusals).toEqual([]);
});

test('looking takes admin:read, changing takes admin:control, and neither gives the other', async () => {
  const { client } = await startGateway({ keys: [KEY] });
  const caller = await client(await withScope('call:* read:* revoke:*'));
  const reader = await client(await withScope('admin:read'));
  const controller = await client(await withScope('admin:control'));
  const query = { filter: {}, before: null, rows: 10 };
  for (const blind of [caller, controller]) {
    blind.emit('openFeeds', [
      [1, 'workers'],
      [2, 'events', null, null],
    ]);
    expect([...(await told(blind, 2)).values()]).toEqual([refused('FORBIDDEN'), refused('FORBIDDEN')]);
    expect(await blind.ask('list', [query])).toMatchObject({ refused: { code: 'FORBIDDEN' } });
  }
  for (const weak of [caller, reader])
    expect(await weak.ask('control', [['purge', 'default']])).toMatchObject({
      refused: { code: 'FORBIDDEN' },
    });
  reader.emit('openFeeds', [[1, 'workers']]);
  expect((await told(reader, 1)).get(1)?.[0]).toBe('rows');
  expect(await reader.ask('list', [query])).toEqual({ ok: [{ rows: [], next: null }] });
  expect(await controller.ask('control', [['purge', 'default']])).toMatchObject({ ok: [0] });
});

describe('a feed or a page that makes no sense costs its sender the connection, and nobody else anything', () => {
  test.each<[string, unknown]>([
    ['no list', { feed: 1 }],
    ['more feeds than may be open', Array.from({ length: OPEN_FEEDS + 1 }, (_, feed) => [feed, 'workers'])],
    ['a kind that is none', [[1, 'secrets']]],
    ['a state that is none', [[1, 'tasks', { states: ['DONE'] }, 10]]],
    ['a filter that is none', [[1, 'tasks', 'all', 10]]],
    ['an empty text', [[1, 'tasks', { text: '' }, 10]]],
    ['more rows than there may be', [[1, 'tasks', {}, 1_000_000]]],
    ['an event that is none', [[1, 'events', ['task-done'], null]]],
    [
      'a number that is taken',
      [
        [1, 'queues'],
        [1, 'queues'],
      ],
    ],
  ])('%s', async (_, items) => {
    const running = await startGateway();
    const goesOn = await bystander(running);
    const culprit = await running.client();
    culprit.emit('openFeeds', items);
    const [refusal] = await culprit.next('refused');
    expect(refusal).toMatchObject({ code: 'BAD_FRAME', message: expect.stringMatching(/^expected /) });
    await culprit.closed;
    await goesOn();
    expect(running.refusals).toEqual(['BAD_FRAME']);
    expect(running.failures).toEqual([]);
  });

  test.each<[string, string, unknown]>([
    ['a page of a filter that is none', 'list', [{ filter: { queue: 5 }, before: null, rows: 10 }]],
    ['a page from nowhere', 'list', [{ filter: {}, before: 'x', rows: 10 }]],
    ['a command that is none', 'control', [['format', 'default']]],
  ])('%s', async (_, event, items) => {
    const running = await startGateway();
    const goesOn = await bystander(running);
    const culprit = await running.client();
    expect(await culprit.ask(event, items)).toMatchObject({ refused: { code: 'BAD_FRAME' } });
    await culprit.closed;
    await goesOn();
    expect(running.failures).toEqual([]);
  });
});
