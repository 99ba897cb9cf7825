import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@celeriac/runtime';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Authenticator, tokenAuthenticator } from './authenticator.ts';
import { type DoorSettings, openDoor } from './door.ts';
import { keysOfUrl, publicKeysVerifier } from './public-keys.ts';

const ISSUER = 'https://idp.example/';
const AUDIENCE = 'https://tasks.example';
const SECRET = 's'.repeat(32);

interface Pair {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

async function pair(alg: string, kid: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

interface Made {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly issuer?: string;
  readonly audience?: string;
  readonly header?: Readonly<Record<string, unknown>>;
}

function tokenBy(
  { alg, kid, privateKey }: Pick<Pair, 'alg' | 'kid'> & { readonly privateKey: CryptoKey | Uint8Array },
  { claims = { permissions: ['call:add'] }, issuer = ISSUER, audience = AUDIENCE, header = {} }: Made = {},
): Promise<string> {
  return new SignJWT({ sub: 'ann', ...claims })
    .setProtectedHeader({ alg, kid, ...header })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(privateKey);
}

function doorWith(
  jwks: string,
  more: Partial<DoorSettings> = {},
  failed: (why: string) => void = () => undefined,
): Authenticator {
  const settings: DoorSettings = {
    keys: [],
    keyFiles: [],
    jwks,
    tokenIssuer: ISSUER,
    tokenAudience: AUDIENCE,
    scopeClaim: 'permissions',
    maxTokenAgeMs: 3_600_000,
    ...more,
  };
  return openDoor(settings, systemClock, failed).authenticate;
}

function fileOf(set: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-jwks-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'keys.json');
  writeFileSync(path, JSON.stringify(set));
  return path;
}

/** An identity provider on loopback. */
async function serve(
  answer: (response: ServerResponse) => void,
): Promise<{ readonly url: string; asked: () => number }> {
  let count = 0;
  const server = createServer((_, response) => {
    count++;
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/keys`, asked: () => count };
}

const sending = (set: unknown) => (response: ServerResponse) => void response.end(JSON.stringify(set));

describe.each(['RS256', 'ES256', 'EdDSA'])('a token of an identity provider, signed with %s', (alg) => {
  test.each(['a file', 'an address'])('is good by the keys in %s', async (where) => {
    const mine = await pair(alg, 'k1');
    const set = { keys: [mine.jwk] };
    const authenticate = doorWith(where === 'a file' ? fileOf(set) : (await serve(sending(set))).url);
    expect(await authenticate(await tokenBy(mine))).toMatchObject({ subject: 'ann', scopes: ['call:add'] });
    const stranger = { ...(await pair(alg, 'k1')), kid: 'k1' };
    await expect(authenticate(await tokenBy(stranger))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: 'the token was refused: it was not signed with a key of this gateway',
    });
    await expect(authenticate(await tokenBy({ ...mine, kid: 'k2' }))).rejects.toThrow(
      "it names a key that this gateway does not have: 'k2'",
    );
  });

  test('that names no key is tried with each', async () => {
    const pairs = [await pair(alg, 'k1'), await pair(alg, 'k2')];
    const authenticate = doorWith(fileOf({ keys: pairs.map(({ jwk }) => jwk) }));
    for (const each of pairs) {
      expect((await authenticate(await tokenBy(each, { header: { kid: undefined } }))).subject).toBe('ann');
    }
  });

  test.each<[string, Made]>([
    ['unexpected "iss" claim value', { issuer: 'https://evil.example/' }],
    ['unexpected "iss" claim value', { issuer: 'celeriac' }],
    ['unexpected "aud" claim value', { audience: 'celeriac-gateway' }],
    ["its scope '*' must stand alone", { claims: { permissions: ['call:add', '*'] } }],
  ])('is refused all the same: %s', async (why, made) => {
    const mine = await pair(alg, 'k1');
    const authenticate = doorWith(fileOf({ keys: [mine.jwk] }));
    await expect(authenticate(await tokenBy(mine, made))).rejects.toThrow(`the token was refused: ${why}`);
  });
});

test.each(['EdDSA', 'Ed25519'])('the two names of EdDSA are one: a key for %s', async (named) => {
  const mine = await pair('EdDSA', 'k1');
  const set = { keys: [{ ...mine.jwk, alg: named }] };
  for (const where of [fileOf(set), (await serve(sending(set))).url]) {
    const authenticate = doorWith(where);
    for (const alg of ['EdDSA', 'Ed25519']) {
      expect((await authenticate(await tokenBy({ ...mine, alg }))).subject).toBe('ann');
    }
  }
});

test('a key that is no good refuses the tokens that name it, and no others', async () => {
  const mine = await pair('ES256', 'k1');
  const set = { keys: [mine.jwk, { ...mine.jwk, kid: 'bad', x: 'AAAA' }] };
  for (const where of [fileOf(set), (await serve(sending(set))).url]) {
    const authenticate = doorWith(where);
    await expect(authenticate(await tokenBy({ ...mine, kid: 'bad' }))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringMatching(/^the token was refused: its key cannot be used: ./),
    });
    expect((await authenticate(await tokenBy(mine))).subject).toBe('ann');
  }
});

describe('what is public does not do as a secret:', () => {
  test.each(['alone', 'beside secrets'])('keys of a provider %s', async (where) => {
    const mine = await pair('RS256', 'k1');
    const authenticate = doorWith(fileOf({ keys: [mine.jwk] }), { keys: where === 'alone' ? [] : [SECRET] });
    const forms = [await exportSPKI(mine.publicKey), JSON.stringify(mine.jwk), mine.jwk.n ?? ''];
    for (const form of forms) {
      for (const claims of [{}, { issuer: 'celeriac', audience: 'celeriac-gateway' }]) {
        const forged = await tokenBy(
          { alg: 'HS256', kid: 'k1', privateKey: new TextEncoder().encode(form) },
          claims,
        );
        await expect(authenticate(forged)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      }
    }
  });

  test('a token that brings its own key, or says where it is', async () => {
    const mine = await pair('RS256', 'k1');
    const stranger = await pair('RS256', 'k1');
    const elsewhere = await serve(sending({ keys: [stranger.jwk] }));
    const authenticate = doorWith(fileOf({ keys: [mine.jwk] }));
    for (const header of [{ jwk: stranger.jwk }, { jku: elsewhere.url }]) {
      const forged = await tokenBy(stranger, { header });
      await expect(authenticate(forged)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
    expect(elsewhere.asked()).toBe(0);
  });

  test.each(['PS256', 'RS512', 'ES384'])('an algorithm that is not one of the three: %s', async (alg) => {
    const mine = await pair(alg, 'k1');
    const authenticate = doorWith(fileOf({ keys: [mine.jwk] }));
    await expect(authenticate(await tokenBy(mine))).rejects.toThrow(
      'this gateway does not accept its algorithm',
    );
  });
});

test('tokens of one’s own are good beside those of a provider, each as it is pinned', async () => {
  const mine = await pair('ES256', 'k1');
  const authenticate = doorWith(fileOf({ keys: [mine.jwk] }), { keys: [SECRET] });
  const secret = { alg: 'HS256', kid: 'x', privateKey: new TextEncoder().encode(SECRET) };
  const header = { kid: undefined };
  const own = { issuer: 'celeriac', audience: 'celeriac-gateway', claims: { scope: 'read:own' }, header };
  expect((await authenticate(await tokenBy(mine))).scopes).toEqual(['call:add']);
  expect((await authenticate(await tokenBy(secret, own))).scopes).toEqual(['read:own']);
  await expect(authenticate(await tokenBy(secret, { header }))).rejects.toThrow(
    'unexpected "iss" claim value',
  );
});

test('a set of keys behind an address is asked for once, and again when a token names a new one', async () => {
  const [old, next] = [await pair('ES256', 'old'), await pair('ES256', 'next')];
  let keys = [old.jwk];
  const provider = await serve((response) => sending({ keys })(response));
  const find = keysOfUrl(new URL(provider.url), { clock: systemClock, failed: () => undefined, pauseMs: 0 });
  const grants = { scopeClaim: 'permissions', maxAgeMs: 3_600_000 };
  const verifier = publicKeysVerifier(find, { issuer: ISSUER, audience: AUDIENCE, grants });
  const authenticate = tokenAuthenticator([verifier], systemClock);
  for (let i = 0; i < 3; i++) await authenticate(await tokenBy(old));
  expect(provider.asked()).toBe(1);
  keys = [next.jwk];
  await authenticate(await tokenBy(next));
  expect(provider.asked()).toBe(2);
  await expect(authenticate(await tokenBy(old))).rejects.toThrow(
    'it names a key that this gateway does not have',
  );
});

test('tokens that name keys which are not there do not make it ask again and again', async () => {
  const provider = await serve(sending({ keys: [(await pair('ES256', 'k1')).jwk] }));
  const authenticate = doorWith(provider.url);
  const stranger = await pair('ES256', 'guess');
  const tokens = await Promise.all(
    Array.from({ length: 20 }, (_, guess) => tokenBy({ ...stranger, kid: `guess ${guess}` })),
  );
  for (const token of tokens)
    await expect(authenticate(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(provider.asked()).toBe(1);
});

describe('while the keys cannot be read, who comes is asked to come back, and it is told why:', () => {
  test.each<[why: RegExp, answer: (response: ServerResponse) => void]>([
    [/status 500/, (response) => void response.writeHead(500).end()],
    [/status 302/, (response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    [/expected a JWK Set/, (response) => void response.end('<html>')],
    [/expected a JWK Set/, (response) => void response.end('{"keys":1}')],
    [/more than 262144 bytes/, (response) => void response.end(' '.repeat(300_000))],
    [/terminated|fetch failed/, (response) => void response.socket?.destroy()],
  ])('%s', async (why, answer) => {
    const provider = await serve(answer);
    const heard: string[] = [];
    const authenticate = doorWith(provider.url, {}, (told) => heard.push(told));
    const token = await tokenBy(await pair('ES256', 'k1'));
    const refused = { code: 'OVERLOADED', retryAfterMs: 2_000 };
    await expect(authenticate(token)).rejects.toMatchObject(refused);
    expect(heard).toEqual([expect.stringMatching(why)]);
    // Not asked again at once, whoever comes.
    await expect(authenticate(token)).rejects.toMatchObject(refused);
    expect(heard).toHaveLength(1);
  });
});

describe('a file of public keys is refused that', () => {
  test.each([
    ['has none', { keys: [] }, 'at least one key, got none'],
    ['is something else', ['k'], 'a JWK Set: { "keys": [ … ] }'],
    [
      'has a secret',
      { keys: [{ kty: 'oct', k: 'hunter2' }] },
      "key 1 to be of kty RSA, EC or OKP (secrets go to --key-file), got: 'oct'",
    ],
    [
      'has a private key',
      { keys: [{ kty: 'EC', d: 'hunter2' }] },
      'key 1 to be public: remove its private half (d)',
    ],
  ])('%s', (_, set, what) => {
    const path = fileOf(set);
    expect(() => doorWith(path)).toThrow(
      expect.objectContaining({ option: 'jwks', message: `expected --jwks ${path} to have ${what}` }),
    );
  });

  test('is not there', () => {
    expect(() => doorWith('no-such.json')).toThrow('cannot read --jwks no-such.json: ENOENT');
  });
});
