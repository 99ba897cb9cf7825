import { OptionError } from '@celeriac/protocol';
import { show } from '@celeriac/protocol/internal';
import { MIN_KEY_LENGTH } from '@celeriac/token/internal';
import { readSecretFile } from './secret-file.ts';
import { type SecretKey, secretKey } from './secret-keys.ts';

/**
 * A file of keys, as it was read.
 * @internal
 */
export interface KeyFile {
  /** Its lines. */
  readonly keys: readonly SecretKey[];
  /** Others on this machine may read or change it. */
  readonly exposed: boolean;
}

/**
 * @throws OptionError where it cannot be read or holds no keys
 * @internal
 */
export function readKeyFile(path: string): KeyFile {
  const { text, exposed } = readSecretFile(path, 'key-file');
  return { keys: parseKeyFile(text, path), exposed };
}

/**
 * Reads a file of keys: a JWK Set of `oct` keys, or a key a line as `kid:secret` or `secret`, where a line may begin with # to say something.
 * @param path for errors, which never show a key
 * @throws OptionError naming the line or the key
 */
export function parseKeyFile(text: string, path: string): readonly SecretKey[] {
  const keys = text.trimStart().startsWith('{') ? keysOfJwks(text, path) : keysOfLines(text, path);
  if (keys.length === 0) throw bad(path, 'at least one key, got none');
  return keys;
}

function keysOfLines(text: string, path: string): readonly SecretKey[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const said = line.trim();
    if (said === '' || said.startsWith('#')) return [];
    const [, kid, secret = said] = /^([^:]*):(.*)$/.exec(said) ?? [];
    if (kid === '') throw bad(path, `line ${index + 1} to be kid:secret, got an empty kid`);
    if (secret.length < MIN_KEY_LENGTH) {
      throw bad(path, `the secret of line ${index + 1} to have at least ${MIN_KEY_LENGTH} characters`);
    }
    return [secretKey(secret, kid ?? null)];
  });
}

function keysOfJwks(text: string, path: string): readonly SecretKey[] {
  return readJwks(text, path, bad).map(({ kty, k, kid, alg = 'HS256' }, index) => {
    const secret = typeof k === 'string' ? Buffer.from(k, 'base64url') : Buffer.alloc(0);
    if (kty !== 'oct')
      throw bad(path, `key ${index + 1} to be of kty oct (public ones go to --jwks), got: ${show(kty)}`);
    if (alg !== 'HS256') throw bad(path, `key ${index + 1} to be for HS256, got: ${show(alg)}`);
    if (secret.length < MIN_KEY_LENGTH) {
      throw bad(path, `key ${index + 1} to have at least ${MIN_KEY_LENGTH} bytes`);
    }
    if (kid !== undefined && (typeof kid !== 'string' || kid === ''))
      throw bad(path, `the kid of key ${index + 1} to be a string`);
    return { kid: kid ?? null, secret: new Uint8Array(secret) };
  });
}

function bad(path: string, what: string): OptionError {
  return new OptionError('key-file', `expected --key-file ${path} to have ${what}`);
}

/** The keys of a JWK Set, of which nothing is known but that they are objects. */
export function readJwks(
  text: string,
  path: string,
  complain: (path: string, what: string) => Error,
): readonly Readonly<Record<string, unknown>>[] {
  const set: unknown = parse(text);
  const keys: unknown = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined;
  if (!Array.isArray(keys) || !keys.every(isRecord)) {
    throw complain(path, 'a JWK Set: { "keys": [ … ] }');
  }
  return keys;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
