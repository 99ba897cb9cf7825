/** What becomes of connections when their tokens end, are renewed or revoked, and of subjects that do too much. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Receipt } from '@celeriac/protocol/internal';
import { type Clock, systemClock, type Timer } from '@celeriac/runtime';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask, startGateway } from '../../test/gateway-setup.ts';
import { RawClient } from '../../test/raw-client.ts';
import { RawWorker } from '../../test/raw-worker.ts';
import { SlowEngine } from '../../test/slow-engine.ts';
import { bearing, KEY, mint } from '../../test/token.ts';
import { MemoryEngine } from '../engine/memory/memory-engine.ts';

/** The machine's clock, whose wall time a test sets forward; long timers notice when they are woken. */
class SteppedClock implements Clock {
  #aheadMs = 0;
  readonly #long = new Set<() => void>();
  readonly monotonic = systemClock.monotonic;
  readonly soon = systemClock.soon;

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  after(delayMs: number, callback: () => void, hold?: boolean): Timer {
    if (delayMs < LONG_MS) return systemClock.after(delayMs, callback, hold);
    this.#long.add(callback);
    return { cancel: () => void this.#long.delete(callback) };
  }

  step(ms: number): void {
    this.#aheadMs += ms;
  }

  wake(): void {
    const due = [...this.#long];
    this.#long.clear();
    for (const callback of due) callback();
  }
}

/** Longer than what a test takes. */
const LONG_MS = 20_000;
const HOUR_MS = 3_600_000;
/** As a token says it. */
const NEXT_WEEK = Math.floor(Date.now() / 1_000) + 7 * 86_400;

async function setup(given: Parameters<typeof startGateway>[0] = {}) {
  const clock = new SteppedClock();
  return { clock, ...(await startGateway({ keys: [KEY], clock, ...given })) };
}

/** The next receipts: id, and what became of the call. */
async function verdicts(client: RawClient): Promise<readonly string[]> {
  const [receipts] = (await client.next('receipts')) as readonly [readonly Receipt[]];
  return receipts.map(([id, accepted, what]) => `${id} ${accepted === 1 ? 'accepted' : what}`);
}

describe('finding 8: from a client', () => {
  test('a welcome says when the token ends', async () => {
    const { url } = await setup();
    const client = new RawClient(url, await bearing('call:add'));
    const [welcome] = await client.next('welcome');
    const { tokenExpiresInMs } = welcome as { readonly tokenExpiresInMs: number };
    expect(tokenExpiresInMs).toBeGreaterThan(HOUR_MS - 60_000);
    expect(tokenExpiresInMs).toBeLessThanOrEqual(HOUR_MS);
    client.terminate();
  });

  test('a token without an end is refused', async () => {
    const { url, refusals } = await setup();
    const client = new RawClient(url, await bearing('call:add', { exp: undefined }));
    await client.next('refused hello');
    expect(refusals).toEqual(['UNAUTHENTICATED']);
  });

  test('who says nothing is hung up on when the token ends, and told why', async () => {
    const { client: connect, clock } = await setup();
    const client = await connect(await bearing('call:add'));
    clock.step(HOUR_MS);
    clock.wake();
    expect(await client.next('refused')).toEqual([
      { code: 'TOKEN_EXPIRED', message: 'the token of this connection has expired', retryAfterMs: null },
    ]);
    await client.closed;
  });

  test.each([
    ['submit', [['1', 'add', '[]', null, 0]]],
    ['watch', { epoch: null, tasks: [['1', 0]] }],
    ['openFeeds', [[1, 'queues']]],
    ['refresh', 'whatever'],
  ])('a %s after the end is not taken, though no timer has noticed', async (event, body) => {
    const { client: connect, clock, gateway } = await setup();
    const client = await connect(await bearing('*'));
    let accepted = 0;
    gateway.telemetry.on('accepted', ({ count }) => {
      accepted += count;
    });
    clock.step(HOUR_MS);
    client.emit(event, body);
    expect(await client.next('refused')).toMatchObject([{ code: 'TOKEN_EXPIRED' }]);
    await client.closed;
    expect([accepted, client.heard('receipts'), client.heard('snapshots')]).toEqual([0, 0, 0]);
  });

  test('a question after the end is not answered', async () => {
    const { client: connect, clock } = await setup();
    const client = await connect(await bearing('*'));
    clock.step(HOUR_MS);
    client.raw(`427${JSON.stringify(['get', ['1']])}`);
    expect(await client.next('refused')).toMatchObject([{ code: 'TOKEN_EXPIRED' }]);
    await client.closed;
    expect(client.heard('answer 7')).toBe(0);
  });

  test('a refresh renews it without a gap, and a later one again', async () => {
    const { client: connect, clock, worker: connectWorker } = await setup();
    const worker = await connectWorker({ token: await mint('work:*', { exp: NEXT_WEEK }) });
    const client = await connect(await bearing('call:add'));
    client.emit('submit', [['1', 'add', '[]', null, 0]]);
    await client.next('receipts');
    for (let times = 2; times < 4; times += 1) {
      const now = Math.floor(Date.now() / 1_000);
      const token = await mint('call:add', { exp: now + times * 3_600 });
      expect(await client.ask('refresh', token)).toMatchObject({
        ok: { tokenExpiresInMs: expect.any(Number) },
      });
      clock.step(HOUR_MS);
    }
    await worker.works();
    expect((await client.ended('1'))[3]).toBe('SUCCESS');
    client.emit('submit', [['2', 'add', '[]', null, 0]]);
    expect(await verdicts(client)).toEqual(['2 accepted']);
  });

  test.each([
    [{ sub: 'bank' }, 'FORBIDDEN'],
    [{ exp: 1 }, 'UNAUTHENTICATED'],
  ])('a refresh with %j is refused, and changes nothing', async (claims, code) => {
    const { client: connect } = await setup();
    const client = await connect(await bearing('call:add'));
    expect(await client.ask('refresh', await mint('call:*', claims))).toMatchObject({ refused: { code } });
    client.emit('submit', [
      ['1', 'add', '[]', null, 0],
      ['2', 'drop', '[]', null, 0],
    ]);
    expect(await verdicts(client)).toEqual(['2 FORBIDDEN']);
    expect(await verdicts(client)).toEqual(['1 accepted']);
  });

  test.each([[undefined], [5], ['x'.repeat(20_000)], [['token']]])(
    'a refresh that is none costs the connection: %#',
    async (token) => {
      const { client: connect } = await setup();
      const client = await connect(await bearing('call:add'));
      expect(await client.ask('refresh', token)).toMatchObject({ refused: { code: 'BAD_FRAME' } });
      await client.closed;
    },
  );

  test('a refresh takes away what may be read no more, and leaves own calls', async () => {
    const { client: connect } = await setup();
    const other = await connect(await bearing('call:*'));
    other.emit('submit', [
      ['theirs', 'add', '[]', null, 0],
      ['shared', 'add', '[]', null, 0],
    ]);
    await other.next('receipts');
    const client = await connect(await bearing('call:add read:* admin:read'));
    client.emit('submit', [['mine', 'add', '[]', null, 0]]);
    await client.next('receipts');
    client.emit('watch', {
      epoch: null,
      tasks: [
        ['theirs', 0],
        ['shared', 0],
      ],
    });
    await client.next('snapshots');
    client.emit('openStreams', [
      [1, 'theirs', 0, 0],
      [2, 'mine', 0, 0],
      [3, 'shared', 0, 0],
    ]);
    client.emit('openFeeds', [[1, 'queues']]);
    await client.next('feeds');

    await client.ask('refresh', await mint('call:add read:shared'));
    expect(await client.next('refused')).toMatchObject([{ code: 'FORBIDDEN', ids: ['theirs'] }]);
    expect(await client.next('streams')).toMatchObject([[[1, 'refused', { code: 'FORBIDDEN' }]]]);
    expect(await client.next('feeds')).toMatchObject([[[1, 'refused', { code: 'FORBIDDEN' }]]]);
    expect(await client.ask('get', ['theirs', 'shared'])).toMatchObject({ ok: [null, { id: 'shared' }] });

    const admin = await connect(await bearing('revoke:*', { sub: 'admin' }));
    await admin.ask('revoke', [
      ['theirs', false, 0],
      ['shared', false, 0],
      ['mine', false, 0],
    ]);
    const ended = new Set<unknown>();
    while (ended.size < 2) {
      const [events] = (await client.next('events')) as readonly [readonly (readonly unknown[])[]];
      for (const [id] of events) ended.add(id);
    }
    expect(ended).toEqual(new Set(['shared', 'mine']));
  });

  test('what was asked for under the token before is not shown under the next', async () => {
    const engine = new SlowEngine(new MemoryEngine());
    const { client: connect } = await setup({ engine });
    const other = await connect(await bearing('call:*'));
    other.emit('submit', [['theirs', 'add', '[]', null, 0]]);
    await other.next('receipts');
    const client = await connect(await bearing('read:*'));
    engine.holdReads();
    client.emit('watch', { epoch: null, tasks: [['theirs', 0]] });
    client.emit('watch', { epoch: null, tasks: [['theirs', 0]] });
    await client.ask('refresh', await mint('call:add'));
    engine.answerReads();
    await client.next('refused');
    expect(await client.ask('get', ['theirs'])).toEqual({ ok: [null] });
    // The first was being read already.
    expect(client.heard('snapshots')).toBeLessThanOrEqual(1);
  });
});

describe('finding 8: from a worker', () => {
  test('a worker is hung up on when its token ends, and given nothing more', async () => {
    const { client: connect, clock, url } = await setup();
    const worker = await RawWorker.greeting(url, { token: await mint('work:*') });
    const { tokenExpiresInMs } = await worker.next('welcome');
    expect(tokenExpiresInMs).toBeLessThanOrEqual(HOUR_MS);
    clock.step(HOUR_MS);
    clock.wake();
    expect(await worker.next('refused')).toEqual({
      code: 'TOKEN_EXPIRED',
      message: 'the token of this connection has expired',
    });
    expect(await worker.closed).toEqual([4401, 'the token of this connection has expired']);
    const client = await connect(await bearing('call:add read:*', { exp: NEXT_WEEK }));
    client.emit('submit', [['1', 'add', '[]', null, 0]]);
    await client.next('receipts');
    expect(await client.ask('get', ['1'])).toMatchObject({ ok: [{ state: 'PENDING', waiting: 'worker' }] });
  });

  test('a report after the end is not recorded, though no timer has noticed; the session waits for its worker', async () => {
    const { client: connect, clock, url } = await setup();
    const client = await connect(await bearing('call:add read:*', { exp: NEXT_WEEK }));
    const worker = await RawWorker.greeting(url, { token: await mint('work:*') });
    const { session } = await worker.next('welcome');
    client.emit('submit', [['1', 'add', '[]', null, 0]]);
    const [[nonce, id, attempt] = ['', '', 0]] = await worker.next('assign');
    clock.step(HOUR_MS);
    worker.send(['settled', [[nonce, id, attempt, ['success', 'stolen']]]]);
    expect(await worker.next('refused')).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect((await worker.closed)[0]).toBe(4401);
    expect(await client.ask('get', ['1'])).toMatchObject({ ok: [{ state: 'PENDING', body: null }] });

    const token = await mint('work:*', { exp: NEXT_WEEK });
    const back = await RawWorker.greeting(url, { token, session, held: [[id, attempt, nonce, true, null]] });
    expect(await back.next('welcome')).toMatchObject({ resumed: true, lost: [] });
    back.send(['settled', [[nonce, id, attempt, ['success', 'honest']]]]);
    expect((await client.ended('1'))[8]).toBe('honest');
    back.terminate();
  });

  test('a refresh renews it without a gap', async () => {
    const { client: connect, clock, worker: connectWorker } = await setup();
    const worker = await connectWorker({ token: await mint('work:*') });
    worker.send(['refresh', await mint('work:*', { exp: NEXT_WEEK })]);
    expect(await worker.next('refreshed')).toMatchObject({ ok: { tokenExpiresInMs: expect.any(Number) } });
    clock.step(HOUR_MS);
    const client = await connect(await bearing('call:add', { exp: NEXT_WEEK }));
    client.emit('submit', [['1', 'add', '[]', null, 0]]);
    await worker.works();
    expect((await client.ended('1'))[3]).toBe('SUCCESS');
  });

  test('a refresh that is refused changes nothing', async () => {
    const { client: connect, worker: connectWorker } = await setup();
    const worker = await connectWorker({ token: await mint('work:*') });
    worker.send(['refresh', await mint('work:*', { sub: 'other' })]);
    expect(await worker.next('refreshed')).toMatchObject({ refused: { code: 'FORBIDDEN' } });
    worker.send(['refresh', 'nonsense']);
    expect(await worker.next('refreshed')).toMatchObject({ refused: { code: 'UNAUTHENTICATED' } });
    const client = await connect(await bearing('call:add'));
    client.emit('submit', [['1', 'add', '[]', null, 0]]);
    await worker.works();
    expect((await client.ended('1'))[3]).toBe('SUCCESS');
  });

  test('a refresh that lets it work on less ends the connection', async () => {
    const { client: connect, url } = await setup();
    const worker = await RawWorker.welcomed(url, {
      token: await mint('work:*'),
      queues: ['default', 'media'],
    });
    worker.send(['refresh', await mint('work:default')]);
    expect(await worker.next('refused')).toEqual({
      code: 'FORBIDDEN',
      message: 'this token may not work on queue media (needs work:media)',
    });
    expect((await worker.closed)[0]).toBe(4403);
    const client = await connect(await bearing('call:add read:*'));
    client.emit('submit', [['1', 'add', '[]', null, 0]]);
    await client.next('receipts');
    expect(await client.ask('get', ['1'])).toMatchObject({ ok: [{ state: 'PENDING' }] });
  });
});

describe('finding 8: a token that is revoked', () => {
  const REVOKED = { code: 'TOKEN_REVOKED', message: 'the token was revoked' };

  test.each([
    ['jti', 'stolen'],
    ['sub', 'shop'],
  ] as const)('by %s loses its connections on both links, and gets no others', async (by, name) => {
    const { client: connect, clock, url, refusals } = await setup();
    const claims = { jti: 'stolen' };
    const client = await connect(await bearing('call:*', claims));
    const worker = await RawWorker.welcomed(url, { token: await mint('work:*', claims) });
    const bystander = await connect(await bearing('call:*', { sub: 'bank', jti: 'other' }));
    const admin = await connect(await bearing('admin:*', { sub: 'admin' }));
    expect(await admin.ask('control', [['revokeToken', by, name, null]])).toEqual({ ok: [2] });
    expect(await client.next('refused')).toEqual([{ ...REVOKED, retryAfterMs: null }]);
    await client.closed;
    expect(await worker.next('refused')).toEqual(REVOKED);
    expect((await worker.closed)[0]).toBe(4401);

    const again = new RawClient(url, await bearing('call:*', claims));
    expect(await again.next('refused hello')).toMatchObject([{ data: REVOKED }]);
    const anew = await RawWorker.greeting(url, { token: await mint('work:*', claims) });
    expect(await anew.next('refused')).toEqual(REVOKED);
    expect((await anew.closed)[0]).toBe(4401);
    const scraper = await mint('admin:read', claims);
    expect(await ask(url, '/metrics', { authorization: `Bearer ${scraper}` })).toEqual({
      status: 401,
      body: REVOKED,
    });
    again.terminate();

    bystander.emit('submit', [['1', 'add', '[]', null, 0]]);
    expect(await verdicts(bystander)).toEqual(['1 accepted']);
    const newer = { iat: Math.floor(Date.now() / 1_000) + 60, jti: 'newer' };
    clock.step(60_000);
    await connect(await bearing('call:*', newer));
    expect(refusals.filter((code) => code === 'TOKEN_REVOKED')).toHaveLength(4);
  });

  test('stays revoked over a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'celeriac-revoked-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const store = `sqlite:${join(folder, 'store.db')}`;
    const first = await startGateway({ keys: [KEY], store });
    const admin = await first.client(await bearing('admin:control', { sub: 'admin' }));
    await admin.ask('control', [['revokeToken', 'sub', 'shop', null]]);
    await first.gateway.stop();
    const { url, client, clock } = await setup({ store });
    const old = new RawClient(url, await bearing('call:*', { iat: Math.floor(Date.now() / 1_000) - 60 }));
    expect(await old.next('refused hello')).toMatchObject([{ data: REVOKED }]);
    old.terminate();
    clock.step(60_000);
    await client(await bearing('call:*', { iat: Math.floor(Date.now() / 1_000) + 60 }));
  });

  test('needs an operator who may', async () => {
    const { client: connect } = await setup();
    const client = await connect(await bearing('call:* read:* revoke:* admin:read'));
    expect(await client.ask('control', [['revokeToken', 'sub', 'shop', null]])).toMatchObject({
      refused: { code: 'FORBIDDEN' },
    });
  });
});

describe('finding 25 (limits by identity): a subject', () => {
  test('is let in so often at a time, on both links together', async () => {
    const { client: connect, url } = await setup({ connectionsPerSubject: 2 });
    const first = await connect(await bearing('call:*', { jti: '1' }));
    const worker = await RawWorker.welcomed(url, { token: await mint('work:*', { jti: '2' }) });
    const many = { code: 'TOO_MANY_CONNECTIONS', message: 'this subject has more than 2 connections' };
    const third = new RawClient(url, await bearing('call:*'));
    expect(await third.next('refused hello')).toMatchObject([{ data: { ...many, retryAfterMs: 1_000 } }]);
    const fourth = await RawWorker.greeting(url, { token: await mint('work:*') });
    expect(await fourth.next('refused')).toEqual(many);
    await connect(await bearing('call:*', { sub: 'other' }));
    first.terminate();
    await first.closed;
    // The gateway hears of it in its own time.
    await expect
      .poll(async () => {
        const next = new RawClient(url, await bearing('call:*'));
        const came = await Promise.race([
          next.next('welcome'),
          next.next('refused hello').then(() => undefined),
        ]);
        return came !== undefined;
      })
      .toBe(true);
    worker.terminate();
    third.terminate();
  });

  test('a hello that comes to nothing takes up no connection', async () => {
    const { url } = await setup({ connectionsPerSubject: 1 });
    for (let times = 0; times < 3; times += 1) {
      const worker = await RawWorker.greeting(url, { token: await mint('work:media') });
      expect(await worker.next('refused')).toMatchObject({ code: 'FORBIDDEN' });
      await worker.closed;
    }
    await expect
      .poll(async () => {
        const client = new RawClient(url, await bearing('call:*'));
        return Promise.race([client.next('welcome').then(() => true), client.closed.then(() => false)]);
      })
      .toBe(true);
  });

  test('calls at its rate, lowered by its token, whichever connection it calls over', async () => {
    const { client: connect } = await setup({ callsPerSecond: 1_000 });
    const limits = { callsPerSecond: 0.001 };
    const [one, other] = [
      await connect(await bearing('call:*', { limits })),
      await connect(await bearing('call:*', { limits })),
    ];
    one.emit('submit', [['1', 'add', '[]', null, 0]]);
    expect(await verdicts(one)).toEqual(['1 accepted']);
    other.emit('submit', [['2', 'add', '[]', null, 0]]);
    expect(await other.next('receipts')).toEqual([
      [['2', 0, 'RATE_LIMITED', 'this subject makes more than 0.001 calls per second', 10_000]],
    ]);
  });

  test('has so many unfinished calls', async () => {
    const { client: connect, worker: connectWorker } = await setup({ callsInFlight: 2 });
    const client = await connect(await bearing('call:*'));
    const call = (id: string): readonly unknown[] => [id, 'add', '[]', null, 0];
    client.emit('submit', [call('1'), call('2'), call('3')]);
    const why = 'this subject has more than 2 unfinished calls';
    expect(await client.next('receipts')).toEqual([[['3', 0, 'TOO_MANY_CALLS', why, 1_000]]]);
    expect(await verdicts(client)).toEqual(['1 accepted', '2 accepted']);
    const worker = await connectWorker({ token: await mint('work:*', { sub: 'worker' }) });
    await worker.works();
    await client.ended('1');
    client.emit('submit', [call('3')]);
    expect(await verdicts(client)).toEqual(['3 accepted']);
  });

  test('watches so many tasks of others, over all its connections', async () => {
    const { client: connect } = await setup({ watchesPerSubject: 2 });
    const [one, other] = [
      await connect(await bearing('read:*')),
      await connect(await bearing('read:* call:*')),
    ];
    one.emit('watch', { epoch: null, tasks: [['a', 0]] });
    await one.next('snapshots');
    other.emit('watch', {
      epoch: null,
      tasks: [
        ['b', 0],
        ['c', 0],
      ],
    });
    expect(await other.next('refused')).toMatchObject([
      {
        code: 'TOO_MANY_WATCHES',
        message: 'this subject may watch at most 2 tasks of others at a time',
        ids: ['c'],
      },
    ]);
    other.emit('submit', [['mine', 'add', '[]', null, 0]]);
    expect(await verdicts(other)).toEqual(['mine accepted']);
    other.emit('unwatch', ['b']);
    one.emit('watch', { epoch: null, tasks: [['c', 0]] });
    await one.ask('get', ['c']);
    // What was let go on the one connection may be watched on the other, whichever frame came first.
    await other.ask('get', ['c']);
    one.emit('watch', { epoch: null, tasks: [['d', 0]] });
    expect(await one.next('refused')).toMatchObject([{ code: 'TOO_MANY_WATCHES' }]);
  });

  test('with limits that nobody can read is not let in', async () => {
    const { url } = await setup();
    const client = new RawClient(url, await bearing('call:*', { limits: { callPerSecond: 1 } }));
    expect(await client.next('refused hello')).toMatchObject([{ data: { code: 'UNAUTHENTICATED' } }]);
    client.terminate();
  });
});
