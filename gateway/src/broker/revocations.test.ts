import { REVOKED_TOKENS } from '@celeriac/protocol/internal';
import { expect, test } from 'vitest';
import { setup, type World } from '../../test/broker-setup.ts';
import type { RevokedToken } from '../engine/engine.ts';

function revoke(
  world: World,
  by: 'jti' | 'sub',
  name: string,
  keepMs: number | null = null,
): Promise<unknown> {
  return world.broker.control.run([['revokeToken', by, name, keepMs]]);
}

const SHOP = { subject: 'shop', tokenId: 'a', issuedAt: 0 };

test('a token is revoked by its own name, and no other is', async () => {
  const world = await setup();
  await revoke(world, 'jti', 'a');
  const { revocations } = world.broker;
  expect(revocations.covers(SHOP)).toBe(true);
  expect(revocations.covers({ ...SHOP, tokenId: 'b' })).toBe(false);
  expect(revocations.covers({ subject: 'a', tokenId: null, issuedAt: 0 })).toBe(false);
});

test('of a subject those are revoked that were issued up to then, or do not say when', async () => {
  const world = await setup();
  const now = world.clock.now();
  await revoke(world, 'sub', 'shop');
  const { revocations } = world.broker;
  expect(revocations.covers({ ...SHOP, issuedAt: now })).toBe(true);
  expect(revocations.covers({ ...SHOP, issuedAt: null })).toBe(true);
  // Perhaps from before, by a clock that is ahead.
  expect(revocations.covers({ ...SHOP, issuedAt: now + 5_000 })).toBe(true);
  expect(revocations.covers({ ...SHOP, issuedAt: now + 6_000 })).toBe(false);
  expect(revocations.covers({ ...SHOP, subject: 'other' })).toBe(false);
  expect(revocations.covers({ ...SHOP, subject: null })).toBe(false);
});

test('it holds before it is kept, and is answered when it is', async () => {
  const world = await setup();
  const closed: string[] = [];
  world.broker.revocations.onRevoked(() => closed.push('closed'));
  world.engine.holdCommits();
  let answer: unknown;
  const answered = revoke(world, 'sub', 'shop').then((replies) => {
    answer = replies;
  });
  await world.turn();
  expect({ covered: world.broker.revocations.covers(SHOP), closed, answer }).toEqual({
    covered: true,
    closed: ['closed'],
    answer: undefined,
  });
  world.engine.commit();
  await answered;
  expect(answer).toEqual([1]);
});

test('it holds after a restart', async () => {
  const world = await setup();
  await revoke(world, 'sub', 'shop');
  const { revokedTokens } = await world.engine.open();
  const after = await world.restarts([], { revokedTokens });
  expect(after.broker.revocations.covers(SHOP)).toBe(true);
});

test('it is forgotten when its tokens have ended, and a later word never shortens an earlier one', async () => {
  const world = await setup();
  await revoke(world, 'jti', 'a', 60_000);
  await revoke(world, 'jti', 'b', 60_000);
  await revoke(world, 'jti', 'b', 0);
  await world.clock.advance(59_999);
  await revoke(world, 'jti', 'c', 60_000);
  const names = async (): Promise<readonly string[]> =>
    (await world.engine.open()).revokedTokens.map(({ name }) => name).sort();
  expect(await names()).toEqual(['a', 'b', 'c']);
  await world.clock.advance(1);
  await revoke(world, 'jti', 'd', 60_000);
  expect(await names()).toEqual(['c', 'd']);
});

test('their number has a bound, of what is not over', async () => {
  const until = Date.UTC(2026, 0, 1) + 60_000;
  const revokedTokens = Array.from(
    { length: REVOKED_TOKENS },
    (_, count): RevokedToken => ({ by: 'jti', name: `${count}`, at: 0, until }),
  );
  const world = await setup({}, { revokedTokens });
  await expect(revoke(world, 'sub', 'shop')).rejects.toMatchObject({ code: 'TOO_MANY_REVOCATIONS' });
  // Another word on one that is there needs no room.
  await revoke(world, 'jti', '7');
  await world.clock.advance(60_000);
  await revoke(world, 'sub', 'shop');
  expect(world.broker.revocations.covers({ ...SHOP, tokenId: '8' })).toBe(true);
  expect(world.broker.revocations.covers({ subject: null, tokenId: '8', issuedAt: null })).toBe(false);
});
