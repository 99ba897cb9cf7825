import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@celeriac/runtime';
import { mintToken, type TokenRequest } from '@celeriac/token';
import { generateKeyPair } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { startGateway } from '../../../test/gateway-setup.ts';
import { RawClient } from '../../../test/raw-client.ts';
import { type DoorSettings, isOpen, openDoor } from './door.ts';

const OLD = 'old secret '.repeat(4);
const NEW = 'new secret '.repeat(4);
const SETTINGS: DoorSettings = {
  keys: [],
  keyFiles: [],
  jwks: null,
  tokenIssuer: null,
  tokenAudience: 'celeriac-gateway',
  scopeClaim: 'scope',
  maxTokenAgeMs: 3_600_000,
};
const REQUEST: TokenRequest = { sub: 'ann', scope: ['call:add'], jti: 't1' };

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-door-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'keys.txt');
  writeFileSync(path, text);
  return path;
}

function open(settings: Partial<DoorSettings>): ReturnType<typeof openDoor> {
  return openDoor({ ...SETTINGS, ...settings }, systemClock, () => undefined);
}

test('a door is open without any kind of key, and closed with one', () => {
  expect(isOpen(SETTINGS)).toBe(true);
  for (const keyed of [{ keys: [OLD] }, { keyFiles: ['x'] }, { jwks: 'x' }]) {
    expect(isOpen({ ...SETTINGS, ...keyed })).toBe(false);
  }
});

test('the name that a token gives chooses the key: a key is replaced while tokens of the last are about', async () => {
  const { authenticate } = open({ keyFiles: [fileOf(`new:${NEW}\nold:${OLD}`)] });
  for (const key of [
    { kid: 'new', secret: NEW.trim() },
    { kid: 'old', secret: OLD.trim() },
  ]) {
    expect(await authenticate(await mintToken(key, REQUEST))).toMatchObject({
      subject: 'ann',
      tokenId: 't1',
    });
    // Without a name each is tried.
    expect(await authenticate(await mintToken(key.secret, REQUEST))).toMatchObject({ subject: 'ann' });
  }
  const swapped = await mintToken({ kid: 'new', secret: OLD.trim() }, REQUEST);
  await expect(authenticate(swapped)).rejects.toThrow('it was not signed with a key of this gateway');
  const gone = await mintToken({ kid: 'gone', secret: OLD.trim() }, REQUEST);
  await expect(authenticate(gone)).rejects.toThrow("it names a key that this gateway does not have: 'gone'");
});

test('keys of the command line and of files are good together', async () => {
  const { authenticate } = open({ keys: [OLD], keyFiles: [fileOf(`new:${NEW.trim()}`)] });
  expect((await authenticate(await mintToken(OLD, REQUEST))).subject).toBe('ann');
  expect((await authenticate(await mintToken({ kid: 'new', secret: NEW.trim() }, REQUEST))).subject).toBe(
    'ann',
  );
});

test('issuer, audience and the claim of scopes may be others for keys as well', async () => {
  const { authenticate } = open({
    keys: [OLD],
    tokenIssuer: 'shop',
    tokenAudience: 'tasks',
    scopeClaim: 'scp',
  });
  const as = { issuer: 'shop', audience: 'tasks', scopeClaim: 'scp' };
  expect((await authenticate(await mintToken(OLD, { ...REQUEST, ...as }))).scopes).toEqual(['call:add']);
  await expect(authenticate(await mintToken(OLD, REQUEST))).rejects.toThrow('unexpected "iss" claim value');
});

test('finding 8: how long a token may be good for has a bound', async () => {
  const { authenticate } = open({ keys: [OLD] });
  expect((await authenticate(await mintToken(OLD, { ...REQUEST, expiresIn: '1h' }))).subject).toBe('ann');
  await expect(authenticate(await mintToken(OLD, { ...REQUEST, expiresIn: 3_601 }))).rejects.toThrow(
    'it is valid for longer than the 3600 s that this gateway allows',
  );
});

test('more keys than are tried are refused', () => {
  expect(() => open({ keys: Array.from({ length: 21 }, () => OLD) })).toThrow(
    'expected at most 20 keys, got 21',
  );
});

test('a gateway starts though its provider’s keys cannot be read, and asks who comes to come back', async () => {
  const { gateway, url, refusals } = await startGateway({
    // A port that nobody listens on.
    jwks: 'http://127.0.0.1:1/keys',
    tokenIssuer: 'https://idp.example/',
  });
  const told: unknown[] = [];
  gateway.telemetry.on('keysUnreadable', (facts) => told.push(facts));
  const { privateKey } = await generateKeyPair('ES256');
  const token = await mintToken(
    { kid: 'k', key: privateKey },
    { ...REQUEST, issuer: 'https://idp.example/' },
  );
  const guest = new RawClient(url, { auth: { protocol: { min: 1, max: 1 }, token } });
  const refusal = { data: { code: 'OVERLOADED', retryAfterMs: 2_000 } };
  expect(await guest.next('refused hello')).toMatchObject([refusal]);
  guest.terminate();
  expect(refusals).toEqual(['OVERLOADED']);
  expect(told).toEqual([{ source: 'http://127.0.0.1:1/keys', why: expect.any(String) }]);
});
