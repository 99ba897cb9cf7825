import type { JWTPayload } from 'jose';
import { describe, expect, test } from 'vitest';
import { allows } from './grant.ts';
import { type GrantRules, grantOf } from './grant-of.ts';
import { NO_LIMITS } from './subject-limits.ts';

const NOW = 1_000_000_000_000;
const NOW_S = NOW / 1_000;
const RULES: GrantRules = { scopeClaim: 'scope', maxAgeMs: 3_600_000 };

function granted(claims: JWTPayload, rules: Partial<GrantRules> = {}): ReturnType<typeof grantOf> {
  return grantOf({ exp: NOW_S + 60, ...claims }, { ...RULES, ...rules }, NOW);
}

test('a grant says whose it is, its name, its end and its scopes', () => {
  expect(granted({ sub: 'ann', jti: 't1', scope: 'call:add read:own' })).toEqual({
    subject: 'ann',
    tokenId: 't1',
    expiresAt: NOW + 60_000,
    issuedAt: null,
    limits: NO_LIMITS,
    scopes: ['call:add', 'read:own'],
  });
  expect(granted({})).toMatchObject({ subject: null, tokenId: null, expiresAt: NOW + 60_000, scopes: [] });
  expect(granted({ iat: NOW / 1_000, limits: { watches: 5 } })).toMatchObject({
    issuedAt: NOW,
    limits: { ...NO_LIMITS, watches: 5 },
  });
});

describe('scopes', () => {
  test.each([[undefined], [null], [''], ['  '], [5], [{}], [[]], [true]])(
    'that cannot be read allow nothing: %j',
    (scope) => {
      expect(granted({ scope }).scopes).toEqual([]);
    },
  );

  test('may be a list, as identity providers give', () => {
    expect(granted({ scope: ['call:add', 'read:own'] }).scopes).toEqual(['call:add', 'read:own']);
    expect(granted({ scope: ['*'] }).scopes).toEqual(['*']);
  });

  test('stand in the claim that is settled, and in no other', () => {
    const claims = { scope: '*', permissions: ['call:add'] };
    expect(granted(claims, { scopeClaim: 'permissions' }).scopes).toEqual(['call:add']);
    expect(granted(claims, { scopeClaim: 'scp' }).scopes).toEqual([]);
    expect(granted(claims, { scopeClaim: 'constructor' }).scopes).toEqual([]);
  });

  test('of others beside ours allow nothing, and do not stand in the way', () => {
    expect(granted({ scope: 'openid profile offline_access call:add users:* read' }).scopes).toEqual([
      'call:add',
    ]);
  });

  test.each([
    ['call:send *', "its scope '*' must stand alone"],
    ['* call:send', "its scope '*' must stand alone"],
    [['call:send', '*'], "its scope '*' must stand alone"],
    [['*', '*'], "its scope '*' must stand alone"],
    [['call:send *'], 'it has a scope with white space in it'],
    ['call:send\t*', 'it has a scope with white space in it'],
    ['call:send\n*', 'it has a scope with white space in it'],
    ['call:send\u00a0*', 'it has a scope with white space in it'],
    [['call:send', ''], 'it has an empty scope'],
    [['call:send', ' '], 'it has a scope with white space in it'],
    ['call:send  read:own', 'it has an empty scope'],
    [' call:send', 'it has an empty scope'],
    [['call:send', 5], 'one of its scopes is not a string'],
    [['call:send', ['*']], 'one of its scopes is not a string'],
  ])('finding 23: that may be a part of one with a space in it are refused: %j', (scope, why) => {
    expect(() => granted({ scope })).toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED', message: `the token was refused: ${why}` }),
    );
  });

  test.each(['a*', 'ca*', 'call*', 'r*', 'admin*'])(
    'finding 23: no star stands for a verb: call:send %s',
    (rest) => {
      const grant = granted({ scope: `call:send ${rest}` });
      expect(grant.scopes).toEqual(['call:send']);
      expect(allows(grant, 'call', 'drop')).toBe(false);
      expect(allows(grant, 'admin', 'control')).toBe(false);
    },
  );
});

test.each([
  [{ callPerSecond: 5 }, 'expected its limits to be of callsPerSecond, '],
  [{ connections: -1 }, 'expected its limits.connections to be a number of at least 0, got: -1'],
  ['none', "expected its limits to be an object, got: 'none'"],
])('limits that are none are what it is refused for: %j', (limits, why) => {
  expect(() => granted({ limits })).toThrow(
    expect.objectContaining({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining(`the token was refused: ${why}`),
    }),
  );
});

describe('the end of a token', () => {
  test.each([
    ['it never expires (no exp)', { exp: undefined }],
    ['it has expired', { exp: NOW_S }],
    ['it has expired', { exp: NOW_S - 1, iat: NOW_S - 60 }],
    ['it is valid for longer than the 3600 s that this gateway allows', { exp: NOW_S + 3_601 }],
    [
      'it is valid for longer than the 3600 s that this gateway allows',
      { exp: NOW_S + 1, iat: NOW_S - 3_600 },
    ],
    ['it is valid for longer than the 3600 s that this gateway allows', { exp: 1e300 }],
    ['its time of issue (iat) is in the future', { iat: NOW_S + 6 }],
  ])('is what it is refused for: %s %j', (why, claims) => {
    expect(() => grantOf({ exp: NOW_S + 60, ...claims } as JWTPayload, RULES, NOW)).toThrow(
      `the token was refused: ${why}`,
    );
  });

  test.each([
    { exp: NOW_S + 3_600 },
    { exp: NOW_S + 1, iat: NOW_S - 3_599 },
    { iat: NOW_S + 5, exp: NOW_S + 9 },
  ])('may be as late as the gateway allows: %j', (claims) => {
    expect(granted(claims).expiresAt).toBe(claims.exp * 1_000);
  });
});

test.each([
  ['sub', ''],
  ['sub', 'x'.repeat(256)],
  ['sub', 7],
  ['sub', null],
  ['jti', ''],
  ['jti', 'x'.repeat(256)],
  ['jti', {}],
])('the %s is a text of some length, else it is refused: %j', (claim, value) => {
  expect(() => granted({ [claim]: value })).toThrow(
    `the token was refused: its ${claim} is not a string of 1 to 255 characters`,
  );
});
