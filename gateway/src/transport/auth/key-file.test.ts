import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseKeyFile, readKeyFile } from './key-file.ts';

const A = 'a'.repeat(32);
const B = 'b'.repeat(40);
const bytes = (text: string) => new TextEncoder().encode(text);
const oct = (text: string, more: object = {}) => ({
  kty: 'oct',
  k: Buffer.from(text).toString('base64url'),
  ...more,
});

test('a file has a key a line, with or without a name, and lines that say something', () => {
  expect(parseKeyFile(`# ours\n2026-01:${A}\n\n  ${B}  \r\n#old:${A}\n`, 'keys.txt')).toEqual([
    { kid: '2026-01', secret: bytes(A) },
    { kid: null, secret: bytes(B) },
  ]);
});

test('only the first colon of a line is between the name and the secret', () => {
  expect(parseKeyFile(`k:${A}:more`, 'keys.txt')).toEqual([{ kid: 'k', secret: bytes(`${A}:more`) }]);
});

test('a file may be a JWK Set of secrets', () => {
  const keys = [oct(A, { kid: 'a', alg: 'HS256' }), oct(B)];
  expect(parseKeyFile(` ${JSON.stringify({ keys })}`, 'keys.json')).toEqual([
    { kid: 'a', secret: bytes(A) },
    { kid: null, secret: bytes(B) },
  ]);
});

describe('a file is refused, and no secret told, that', () => {
  test.each([
    ['has no key', '# nothing\n', 'at least one key, got none'],
    ['has a short secret', `a:${A}\nb:hunter2`, 'the secret of line 2 to have at least 32 characters'],
    ['has a short secret without a name', 'hunter2', 'the secret of line 1 to have at least 32 characters'],
    ['has an empty name', `:${A}`, 'line 1 to be kid:secret, got an empty kid'],
    ['is no JWK Set', '{', 'a JWK Set: { "keys": [ … ] }'],
    ['is a single JWK', JSON.stringify(oct(A)), 'a JWK Set: { "keys": [ … ] }'],
    ['has something else for a key', '{"keys":["hunter2"]}', 'a JWK Set: { "keys": [ … ] }'],
    ['has an empty set', '{"keys":[]}', 'at least one key, got none'],
    [
      'has a public key',
      '{"keys":[{"kty":"RSA"}]}',
      "key 1 to be of kty oct (public ones go to --jwks), got: 'RSA'",
    ],
    [
      'has a key for more',
      JSON.stringify({ keys: [oct(A, { alg: 'HS512' })] }),
      "key 1 to be for HS256, got: 'HS512'",
    ],
    [
      'has a short JWK',
      JSON.stringify({ keys: [oct(A), oct('hunter2')] }),
      'key 2 to have at least 32 bytes',
    ],
    [
      'has a name that is none',
      JSON.stringify({ keys: [oct(A, { kid: 5 })] }),
      'the kid of key 1 to be a string',
    ],
  ])('%s', (_, text, what) => {
    const parse = () => parseKeyFile(text, 'keys.txt');
    expect(parse).toThrow(
      expect.objectContaining({
        option: 'key-file',
        message: `expected --key-file keys.txt to have ${what}`,
      }),
    );
    expect(parse).not.toThrow('hunter2');
  });
});

test('a file that others may read or change is told from one that they may not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'keys.txt');
  writeFileSync(path, A);
  const exposures = [0o600, 0o400, 0o640, 0o604, 0o620].map((mode) => {
    chmodSync(path, mode);
    return readKeyFile(path).exposed;
  });
  const told = process.platform !== 'win32';
  expect(exposures).toEqual([false, false, told, told, told]);
});
