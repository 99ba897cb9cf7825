/** How long a connection lasts, and what its subject may take up; with tokens that are names in a table. */
import { RefusedError as Refused, type RefusedError } from '@celeriac/protocol';
import type { RefusedReceipt, SubmitItem } from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { setup as setupBroker } from '../../../test/broker-setup.ts';
import { Gatekeeper } from './gatekeeper.ts';
import { type Grant, OPEN_GRANT } from './grant.ts';
import type { Stay } from './stay.ts';
import { NO_LIMITS, type SubjectLimits } from './subject-limits.ts';

const LIFE_MS = 60_000;

async function setup(limits: Partial<SubjectLimits> = {}) {
  const world = await setupBroker();
  const { clock, broker } = world;
  const start = clock.now();
  const tokens = new Map<string, Grant>();
  const gatekeeper = new Gatekeeper(
    {
      clock,
      broker,
      authenticate: async (token) => {
        const grant = tokens.get(token ?? '');
        if (grant === undefined) throw new Refused('UNAUTHENTICATED', 'no such token');
        return grant;
      },
    },
    { ...NO_LIMITS, ...limits },
  );
  return {
    ...world,
    world,
    clock,
    broker,
    gatekeeper,
    start,
    /** Makes a token, by default of `shop` and good for a minute. */
    token(name: string, grant: Partial<Grant> = {}): string {
      const usual = {
        subject: 'shop',
        scopes: ['*'],
        expiresAt: clock.now() + LIFE_MS,
        issuedAt: clock.now(),
      };
      tokens.set(name, { ...OPEN_GRANT, ...usual, ...grant });
      return name;
    },
  };
}

function endsOf(stay: Stay): readonly string[] {
  const codes: string[] = [];
  stay.onEnd(({ code }: RefusedError) => void codes.push(code));
  return codes;
}

describe('finding 8: a connection', () => {
  test('ends with its token, at that moment and once', async () => {
    const { clock, gatekeeper, token } = await setup();
    const stay = await gatekeeper.admit(token('a'));
    const codes = endsOf(stay);
    expect(stay.remaining).toEqual({ tokenExpiresInMs: LIFE_MS });
    await clock.advance(LIFE_MS - 1);
    expect([stay.holds(), codes]).toEqual([true, []]);
    await clock.advance(1);
    expect([stay.holds(), codes]).toEqual([false, ['TOKEN_EXPIRED']]);
    await clock.advance(LIFE_MS);
    expect(codes).toEqual(['TOKEN_EXPIRED']);
  });

  test('ends at the first frame where its timer is late', async () => {
    const { clock, gatekeeper, token } = await setup();
    const stay = await gatekeeper.admit(token('a'));
    const codes = endsOf(stay);
    clock.hold(LIFE_MS);
    expect([stay.holds(), codes]).toEqual([false, ['TOKEN_EXPIRED']]);
  });

  test.each([
    ['forward', LIFE_MS - 30_000, 30_000],
    ['back', -LIFE_MS, 2 * LIFE_MS],
  ])('ends by wall time, also of a clock that is set %s', async (_, jumpMs, lastsMs) => {
    const { clock, gatekeeper, token } = await setup();
    const codes = endsOf(await gatekeeper.admit(token('a')));
    clock.jumpWall(jumpMs);
    await clock.advance(lastsMs - 1);
    expect(codes).toEqual([]);
    await clock.advance(1);
    expect(codes).toEqual(['TOKEN_EXPIRED']);
  });

  test('leaves no timer behind, nor one without an end', async () => {
    const { clock, gatekeeper, token } = await setup();
    const before = clock.timers;
    const stays = [
      await gatekeeper.admit(token('a')),
      await gatekeeper.admit(token('b', { expiresAt: null })),
      gatekeeper.enter(OPEN_GRANT),
    ];
    expect(stays.map(({ remaining }) => remaining)).toEqual([{ tokenExpiresInMs: LIFE_MS }, {}, {}]);
    expect(clock.timers).toBe(before + 1);
    for (const stay of stays) stay.leave();
    expect([clock.timers, gatekeeper.quotas.size]).toEqual([before, 0]);
  });

  test('tells an end that no number holds as the longest time there is', async () => {
    const { gatekeeper, token } = await setup();
    const stay = await gatekeeper.admit(token('a', { expiresAt: Number.POSITIVE_INFINITY }));
    expect(stay.remaining).toEqual({ tokenExpiresInMs: 2 ** 52 });
    stay.leave();
  });

  test('is renewed by another token of its subject', async () => {
    const { clock, gatekeeper, token } = await setup();
    const stay = await gatekeeper.admit(token('a'));
    const codes = endsOf(stay);
    await clock.advance(50_000);
    await gatekeeper.refresh(stay, token('b', { scopes: ['call:add'] }));
    expect([stay.grant.scopes, stay.remaining]).toEqual([['call:add'], { tokenExpiresInMs: LIFE_MS }]);
    await clock.advance(LIFE_MS - 1);
    expect(codes).toEqual([]);
    await clock.advance(1);
    expect(codes).toEqual(['TOKEN_EXPIRED']);
  });

  test('may be renewed by one that ends sooner', async () => {
    const { clock, gatekeeper, token } = await setup();
    const stay = await gatekeeper.admit(token('a'));
    const codes = endsOf(stay);
    await gatekeeper.refresh(stay, token('b', { expiresAt: clock.now() + 1_000 }));
    await clock.advance(1_000);
    expect(codes).toEqual(['TOKEN_EXPIRED']);
  });

  test.each([
    ['of somebody else', { subject: 'other' }, 'FORBIDDEN'],
    ['of nobody', { subject: null }, 'FORBIDDEN'],
    ['that was revoked', { tokenId: 'stolen' }, 'TOKEN_REVOKED'],
    ['that is none', undefined, 'UNAUTHENTICATED'],
  ])('is not renewed by a token %s, and keeps the one that it has', async (_, grant, code) => {
    const { broker, clock, gatekeeper, token } = await setup();
    await broker.revocations.revoke('jti', 'stolen', null);
    const stay = await gatekeeper.admit(token('a'));
    const codes = endsOf(stay);
    const other = grant === undefined ? 'nonsense' : token('b', grant);
    await expect(gatekeeper.refresh(stay, other)).rejects.toMatchObject({ code });
    expect(stay.grant.subject).toBe('shop');
    await clock.advance(LIFE_MS - 1);
    expect(stay.holds()).toBe(true);
    await clock.advance(1);
    expect(codes).toEqual(['TOKEN_EXPIRED']);
  });

  test('has one token read at a time, and none after its end', async () => {
    const { clock, gatekeeper, token } = await setup();
    const stay = await gatekeeper.admit(token('a'));
    const [first, second] = await Promise.allSettled([
      gatekeeper.refresh(stay, token('b')),
      gatekeeper.refresh(stay, token('c')),
    ]);
    expect(first).toMatchObject({ status: 'fulfilled' });
    expect(second).toMatchObject({ reason: { code: 'OVERLOADED', retryAfterMs: 1_000 } });
    const fresh = token('d', { expiresAt: clock.now() + 2 * LIFE_MS });
    clock.hold(LIFE_MS);
    await expect(gatekeeper.refresh(stay, fresh)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
  });

  test('ends at once when its token is revoked, and the token lets nobody in', async () => {
    const { broker, gatekeeper, token } = await setup();
    const [mine, twin, other, stranger] = [
      await gatekeeper.admit(token('a', { tokenId: 'a' })),
      await gatekeeper.admit('a'),
      await gatekeeper.admit(token('b', { tokenId: 'b' })),
      await gatekeeper.admit(token('c', { subject: 'bank' })),
    ];
    expect(await broker.revocations.revoke('jti', 'a', null)).toBe(2);
    expect([mine, twin, other, stranger].map((stay) => stay.holds())).toEqual([false, false, true, true]);
    // Whoever listens only now hears it all the same.
    expect(endsOf(mine)).toEqual(['TOKEN_REVOKED']);
    await expect(gatekeeper.admit('a')).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
    await expect(gatekeeper.identify('a')).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
    expect(await broker.revocations.revoke('sub', 'shop', null)).toBe(1);
    expect([other, stranger].map((stay) => stay.holds())).toEqual([false, true]);
  });

  test('of a subject that was revoked comes back with a token that is newer', async () => {
    const { broker, clock, gatekeeper, token } = await setup();
    token('old');
    await broker.revocations.revoke('sub', 'shop', null);
    await clock.advance(5_000);
    // Of a clock that is ahead it may be from before.
    await expect(gatekeeper.admit(token('soon'))).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
    await clock.advance(1);
    const stay = await gatekeeper.admit(token('new'));
    await expect(gatekeeper.refresh(stay, 'old')).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
    expect(stay.holds()).toBe(true);
  });

  test('ends when the token that just renewed it is revoked', async () => {
    const { broker, gatekeeper, token } = await setup();
    const stay = await gatekeeper.admit(token('a', { tokenId: 'a' }));
    await gatekeeper.refresh(stay, token('b', { tokenId: 'b' }));
    expect(await broker.revocations.revoke('jti', 'a', null)).toBe(0);
    expect(await broker.revocations.revoke('jti', 'b', null)).toBe(1);
  });
});

function call(id: string): SubmitItem {
  return [id, 'add', '[]', null, 0];
}

/** One frame, as a session handles it. @returns ids that were taken, and the refused ones with code and wait */
function take({ quota }: Stay, ...ids: readonly string[]) {
  const refused: RefusedReceipt[] = [];
  const taken = quota.takeCalls(ids.map(call), refused);
  return {
    taken,
    ids: taken.map(([id]) => id),
    refused: refused.map(([id, , code, , ms]) => [id, code, ms]),
  };
}

describe('finding 25 (limits by identity): a subject', () => {
  test('has so many connections at a time, over all its tokens', async () => {
    const { gatekeeper, token } = await setup({ connections: 2 });
    const first = await gatekeeper.admit(token('a', { tokenId: '1' }));
    await gatekeeper.admit(token('b', { tokenId: '2' }));
    await expect(gatekeeper.admit(token('c'))).rejects.toMatchObject({
      code: 'TOO_MANY_CONNECTIONS',
      retryAfterMs: 1_000,
    });
    await gatekeeper.admit(token('d', { subject: 'other' }));
    first.leave();
    first.leave();
    await gatekeeper.admit('c');
    await expect(gatekeeper.admit('a')).rejects.toMatchObject({ code: 'TOO_MANY_CONNECTIONS' });
  });

  test('makes room by a connection that ended with its token', async () => {
    const { clock, gatekeeper, token } = await setup({ connections: 1 });
    await gatekeeper.admit(token('a'));
    await clock.advance(LIFE_MS);
    await expect(gatekeeper.admit(token('b'))).resolves.toBeDefined();
    await expect(gatekeeper.admit(token('c'))).rejects.toMatchObject({ code: 'TOO_MANY_CONNECTIONS' });
  });

  test('calls so often a second, all at once if it likes, and is told when to come back', async () => {
    const { clock, gatekeeper, token } = await setup({ callsPerSecond: 4 });
    const stay = await gatekeeper.admit(token('a'));
    const twin = await gatekeeper.admit('a');
    expect(take(stay, '1', '2', '3').ids).toEqual(['1', '2', '3']);
    expect(take(twin, '4', '5', '6')).toMatchObject({
      ids: ['4'],
      refused: [
        ['5', 'RATE_LIMITED', 150],
        ['6', 'RATE_LIMITED', 400],
      ],
    });
    await clock.advance(150);
    expect(take(stay, '5', '6')).toMatchObject({ ids: ['5'] });
    await clock.advance(1_000);
    expect(take(stay, 'a', 'b', 'c', 'd', 'e')).toMatchObject({ ids: ['a', 'b', 'c', 'd'] });
    const other = await gatekeeper.admit(token('b', { subject: 'other' }));
    expect(take(other, '1').ids).toEqual(['1']);
  });

  test.each([1, 2, 3, 7, 50, 999, 10_000])('calls %i times a second, to the call', async (perSecond) => {
    const { clock, gatekeeper, token } = await setup({ callsPerSecond: perSecond });
    const stay = await gatekeeper.admit(token('a', { expiresAt: null }));
    const ids = Array.from({ length: perSecond + 5 }, (_, number) => `${number}`);
    expect(take(stay, ...ids).ids).toHaveLength(perSecond);
    await clock.advance(10_000);
    expect(take(stay, ...ids).ids).toHaveLength(perSecond);
  });

  test('whose rate is below one a second, or none, is served alike', async () => {
    const { clock, gatekeeper, token } = await setup();
    const slow = { ...NO_LIMITS, callsPerSecond: 0.5 };
    const stay = await gatekeeper.admit(token('a', { limits: slow }));
    expect(take(stay, '1', '2')).toMatchObject({ ids: ['1'], refused: [['2', 'RATE_LIMITED', 2_000]] });
    await clock.advance(2_000);
    expect(take(stay, '2').ids).toEqual(['2']);
    const none = await gatekeeper.admit(token('b', { limits: { ...NO_LIMITS, callsPerSecond: 0 } }));
    expect(take(none, '3')).toMatchObject({ ids: [], refused: [['3', 'RATE_LIMITED', null]] });
  });

  test('has so many calls that have not ended, over all its connections and after the last is gone', async () => {
    const { broker, caller, gatekeeper, token, world } = await setup({ callsInFlight: 2 });
    const worker = await world.worker('w');
    const stay = await gatekeeper.admit(token('a'));
    await caller.calls(['1', '2']);
    const { taken } = take(stay, '1', '2');
    expect(take(stay, '3').refused).toEqual([['3', 'TOO_MANY_CALLS', 1_000]]);
    for (const [id] of taken) stay.quota.answered(id);
    stay.quota.landCalls(taken);
    stay.leave();
    const next = await gatekeeper.admit('a');
    expect(take(next, '3').ids).toEqual([]);
    await world.turn();
    await worker.settles('1');
    await world.turn();
    expect(take(next, '3', '4').ids).toEqual(['3']);
    expect(broker.leases.size).toBe(1);
  });

  test('is not charged for a call that was refused, nor twice for one that is sent again', async () => {
    const { gatekeeper, token } = await setup({ callsInFlight: 1 });
    const stay = await gatekeeper.admit(token('a'));
    const first = take(stay, '1');
    // No receipt says that it was accepted: it was refused.
    stay.quota.landCalls(first.taken);
    const second = take(stay, '2');
    stay.quota.answered('2');
    stay.quota.landCalls(second.taken);
    expect(take(stay, '2').ids).toEqual(['2']);
    expect(take(stay, '3').ids).toEqual([]);
  });

  test('is not charged for what was there before: it may have ended', async () => {
    const { gatekeeper, token } = await setup({ callsInFlight: 1 });
    const stay = await gatekeeper.admit(token('a'));
    const { taken } = take(stay, 'old');
    stay.quota.answered('old');
    stay.quota.existed(['old']);
    stay.quota.landCalls(taken);
    expect(take(stay, 'new').ids).toEqual(['new']);
  });

  test('is charged for a call however often one frame names it, also where its rate lets through only some', async () => {
    const { clock, gatekeeper, token } = await setup({ callsInFlight: 1, callsPerSecond: 2 });
    const stay = await gatekeeper.admit(token('a'));
    const first = take(stay, '1', '1', '1');
    expect(first.ids).toEqual(['1', '1']);
    stay.quota.answered('1');
    stay.quota.answered('1');
    stay.quota.existed(['1']);
    stay.quota.landCalls(first.taken);
    await clock.advance(1_000);
    expect(take(stay, '2', '2', '2').refused.map(([, code]) => code)).toEqual(
      new Array(3).fill('TOO_MANY_CALLS'),
    );
  });

  test('is charged for a call that is on its way, whatever becomes of other frames that name it', async () => {
    const { clock, gatekeeper, token } = await setup();
    const limits = { ...NO_LIMITS, callsInFlight: 1, callsPerSecond: 1 };
    const stay = await gatekeeper.admit(token('a', { limits }));
    const first = take(stay, '1');
    expect(take(stay, '1').refused.map(([, code]) => code)).toEqual(['RATE_LIMITED']);
    await clock.advance(1_000);
    // Refused by whoever looks at it next, and so landed at once.
    stay.quota.landCalls(take(stay, '1').taken);
    const free = await gatekeeper.admit(token('b'));
    free.quota.landCalls(take(free, '1').taken);
    await clock.advance(1_000);
    expect(take(stay, '2').refused.map(([, code]) => code)).toEqual(['TOO_MANY_CALLS']);
    stay.quota.landCalls(first.taken);
    await clock.advance(1_000);
    expect(take(stay, '2').ids).toEqual(['2']);
  });

  test('is charged for a call whose repetition is answered in the same turn', async () => {
    const { gatekeeper, token } = await setup({ callsInFlight: 1 });
    const stay = await gatekeeper.admit(token('a'));
    const [first, second] = [take(stay, '1'), take(stay, '1')];
    stay.quota.answered('1');
    stay.quota.answered('1');
    stay.quota.existed(['1']);
    stay.quota.landCalls(first.taken);
    stay.quota.landCalls(second.taken);
    expect(take(stay, '2').ids).toEqual([]);
  });

  test('that may not connect at all is not remembered', async () => {
    const { gatekeeper, token } = await setup({ connections: 0 });
    await expect(gatekeeper.admit(token('a'))).rejects.toMatchObject({ code: 'TOO_MANY_CONNECTIONS' });
    expect(gatekeeper.quotas.size).toBe(0);
  });

  test('is charged by rate only for calls that are taken', async () => {
    const { gatekeeper, token } = await setup({ callsInFlight: 1, callsPerSecond: 2 });
    const stay = await gatekeeper.admit(token('a'));
    const { ids, taken } = take(stay, '1', '2', '3');
    expect(ids).toEqual(['1']);
    stay.quota.landCalls(taken);
    expect(take(stay, '4').ids).toEqual(['4']);
  });

  test.each([
    [{ connections: 5 }, { connections: 1 }],
    [{ connections: 1 }, { connections: 5 }],
    [{ connections: 1 }, {}],
    [{}, { connections: 1 }],
  ])('of the gateway’s limit and its token’s has the lower one: %j, %j', async (own, claimed) => {
    const { gatekeeper, token } = await setup(own);
    await gatekeeper.admit(token('a', { limits: { ...NO_LIMITS, ...claimed } }));
    await expect(gatekeeper.admit('a')).rejects.toMatchObject({ code: 'TOO_MANY_CONNECTIONS' });
  });

  test('has the limits of the token that renewed it', async () => {
    const { gatekeeper, token } = await setup();
    const stay = await gatekeeper.admit(token('a'));
    await gatekeeper.refresh(stay, token('b', { limits: { ...NO_LIMITS, callsPerSecond: 1 } }));
    expect(take(stay, '1', '2').ids).toEqual(['1']);
  });

  test('that is none goes by its token’s own name, and without one all are one', async () => {
    const { gatekeeper, token } = await setup({ connections: 1 });
    for (const name of ['a', 'b', 'c']) token(name, { subject: null, tokenId: name });
    await gatekeeper.admit('a');
    await gatekeeper.admit('b');
    // A subject that is called as another's token is somebody else.
    await gatekeeper.admit(token('d', { subject: 'a' }));
    await expect(gatekeeper.admit('a')).rejects.toMatchObject({ code: 'TOO_MANY_CONNECTIONS' });
    await gatekeeper.admit(token('e', { subject: null }));
    await expect(gatekeeper.admit(token('f', { subject: null }))).rejects.toMatchObject({
      code: 'TOO_MANY_CONNECTIONS',
    });
  });

  test('is nobody on an open gateway', async () => {
    const { gatekeeper } = await setup({ connections: 1, callsPerSecond: 1 });
    const stays = [gatekeeper.enter(OPEN_GRANT), gatekeeper.enter(OPEN_GRANT)];
    for (const stay of stays) expect(take(stay, '1', '2').ids).toEqual(['1', '2']);
    expect(gatekeeper.quotas.size).toBe(0);
  });

  test('is forgotten when its last connection is gone, and its rate has recovered', async () => {
    const { clock, gatekeeper, token } = await setup({ callsPerSecond: 2 });
    const stay = await gatekeeper.admit(token('a'));
    take(stay, '1', '2');
    const timers = clock.timers;
    stay.leave();
    expect(gatekeeper.quotas.size).toBe(1);
    const again = await gatekeeper.admit('a');
    expect(take(again, '3').ids).toEqual([]);
    again.leave();
    await clock.advance(1_000);
    expect([gatekeeper.quotas.size, clock.timers]).toEqual([0, timers - 1]);
  });
});
