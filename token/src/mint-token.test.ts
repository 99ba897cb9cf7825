import {
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  generateSecret,
  jwtVerify,
} from 'jose';
import { describe, expect, test } from 'vitest';
import { mintToken, type TokenRequest } from './mint-token.ts';
import { call, everything, readOwn, type Scope } from './scope.ts';
import type { SigningKey } from './signing-key.ts';

const SECRET = 'a secret of thirty-two characters or more';
const PINNED = { issuer: 'celeriac', audience: 'celeriac-gateway' };

test('a token says whose it is, what it allows, its name and its end', async () => {
  const token = await mintToken(SECRET, {
    sub: 'ann',
    scope: [call('add'), readOwn],
    expiresIn: '15m',
    limits: { callsPerSecond: 5, watches: undefined },
  });
  const { payload, protectedHeader } = await jwtVerify(token, new TextEncoder().encode(SECRET), PINNED);
  expect(protectedHeader).toEqual({ alg: 'HS256' });
  expect(payload).toMatchObject({ sub: 'ann', scope: 'call:add read:own', limits: { callsPerSecond: 5 } });
  expect(payload.jti).toMatch(/^[\w-]{36}$/);
  expect(Number(payload.exp) - Number(payload.iat)).toBe(900);
  expect(decodeJwt(await mintToken(SECRET, { scope: [everything] })).jti).not.toBe(payload.jti);
});

test.each([
  [60, 60],
  [0.5, 1],
  ['90s', 90],
  ['1.5m', 90],
  ['12h', 43_200],
  ['30d', 2_592_000],
  [undefined, 900],
])('expiresIn %j is %d seconds', async (expiresIn, seconds) => {
  const { exp, iat } = decodeJwt(await mintToken(SECRET, { scope: [everything], expiresIn }));
  expect(Number(exp) - Number(iat)).toBe(seconds);
});

test('issuer, audience and the claim of the scopes may be others', async () => {
  const request = { scope: [call('add')], issuer: 'shop', audience: 'tasks', scopeClaim: 'permissions' };
  const { payload } = await jwtVerify(await mintToken(SECRET, request), new TextEncoder().encode(SECRET), {
    issuer: 'shop',
    audience: 'tasks',
  });
  expect(payload).toMatchObject({ permissions: 'call:add' });
  expect(payload).not.toHaveProperty('scope');
});

describe('the key', () => {
  test('may be named, and the token says its name', async () => {
    const token = await mintToken({ kid: 'k2', secret: SECRET }, { scope: [everything] });
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', kid: 'k2' });
  });

  test.each(['RS256', 'ES256', 'EdDSA'])('may be a private one for %s, as CryptoKey or JWK', async (alg) => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = await exportJWK(privateKey);
    for (const key of [
      { kid: 'a', key: privateKey },
      { ...jwk, kid: 'a' },
      { ...jwk, kid: 'a', alg },
      { kid: 'a', key: jwk },
    ]) {
      const token = await mintToken(key, { scope: [everything] });
      expect((await jwtVerify(token, publicKey, PINNED)).protectedHeader).toEqual({ alg, kid: 'a' });
    }
    expect(decodeProtectedHeader(await mintToken(privateKey, { scope: [everything] }))).toEqual({ alg });
  });

  test('may be a secret JWK', async () => {
    const secret = await generateSecret('HS256', { extractable: true });
    const token = await mintToken(await exportJWK(secret), { scope: [everything] });
    expect((await jwtVerify(token, secret, PINNED)).protectedHeader).toEqual({ alg: 'HS256' });
  });

  const rsa = () => generateKeyPair('RS256', { extractable: true });
  test.each<[string, () => Promise<unknown>]>([
    ['at least 32 characters, got 6', async () => 'secret'],
    ['at least 32 characters, got 6', async () => ({ secret: 'secret' })],
    ['at least 32 bytes', async () => ({ kty: 'oct', k: 'c2VjcmV0' })],
    ['got a public key', async () => (await rsa()).publicKey],
    ['got a public one', async () => exportJWK((await rsa()).publicKey)],
    [
      'got a JWK of EC P-384',
      async () => exportJWK((await generateKeyPair('ES384', { extractable: true })).privateKey),
    ],
    [
      'got a JWK of RSA for PS256',
      async () => ({ ...(await exportJWK((await rsa()).privateKey)), alg: 'PS256' }),
    ],
    ['got a key for RSA-PSS', async () => (await generateKeyPair('PS256')).privateKey],
    ['expected a key: a string', async () => undefined],
    ['expected a key: a string', async () => ({})],
    ['expected kid to be a string', async () => ({ kid: '', secret: SECRET })],
  ])('is refused: %s', async (why, make) => {
    const minting = mintToken((await make()) as SigningKey, { scope: [everything] });
    await expect(minting).rejects.toThrow(why);
    await expect(minting).rejects.toMatchObject({ name: 'TokenError', code: 'BAD_TOKEN' });
  });
});

describe('what cannot be is refused, with what was expected', () => {
  test.each([[undefined], [null], ['call:add'], [[everything]]])('%o is no request', async (request) => {
    await expect(Reflect.apply(mintToken, undefined, [SECRET, request])).rejects.toThrow(
      'expected what the token says to be an object, got: ',
    );
  });

  test.each<[string, object]>([
    ["scope 'read:own' needs sub, the owner of the tasks", { scope: [readOwn] }],
    ["scope '*' must stand alone", { scope: ['call:send', '*'] }],
    ["expected a scope without white space, got: 'call:send *'", { scope: ['call:send *'] }],
    ['expected a scope, got an empty one', { scope: ['call:add', ''] }],
    ['expected scope to be a list of scopes, got: an array', { scope: [] }],
    ["expected scope to be a list of scopes, got: 'call:add'", { scope: 'call:add' }],
    ['expected sub to be a string of 1 to 255 characters', { sub: '' }],
    ['expected sub to be a string of 1 to 255 characters', { sub: 'x'.repeat(256) }],
    ['expected sub to be a string of 1 to 255 characters, got: 7', { sub: 7 }],
    ['expected jti to be a string of 1 to 255 characters', { jti: '' }],
    ['expected scopeClaim to be a name that no other claim has', { scopeClaim: 'sub' }],
    ['expected expiresIn to be a number of seconds', { expiresIn: 'never' }],
    ['expected expiresIn to be a number of seconds', { expiresIn: 0 }],
    ['expected expiresIn to be a number of seconds', { expiresIn: '-1h' }],
    ['expected expiresIn to be a number of seconds', { expiresIn: Number.POSITIVE_INFINITY }],
    ['expected expiresIn to be a number of seconds', { expiresIn: null }],
    ['expected expiresIn to be a number of seconds', { expiresIn: '3651d' }],
    [
      "unknown option 'expires'; known are scope, sub, expiresIn, jti, limits, issuer, audience, scopeClaim",
      { expires: '1h' },
    ],
    ['expected limits to be an object, got: 5', { limits: 5 }],
    [
      "unknown limit 'calls'; known are callsPerSecond, callsInFlight, connections, watches",
      { limits: { calls: 1 } },
    ],
    ['expected limit watches to be a number of at least 0, got: -1', { limits: { watches: -1 } }],
    [
      'expected a token of at most 8192 characters',
      { scope: Array.from({ length: 500 }, (_, number): Scope => `call:task-number-${number}`) },
    ],
  ])('%s', async (why, wrong) => {
    await expect(mintToken(SECRET, { scope: [everything], ...wrong } as TokenRequest)).rejects.toThrow(why);
  });
});
