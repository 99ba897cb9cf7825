/** The keys that an identity provider has published: a JWK Set in a file or behind a URL. */
import { OptionError, RefusedError } from '@celeriac/protocol';
import { show } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import {
  type CryptoKey,
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWK,
  type JWSHeaderParameters,
} from 'jose';
import type { Verifier } from './authenticator.ts';
import { readJwks } from './key-file.ts';
import { readSecretFile } from './secret-file.ts';
import { MAX_KEYS_TRIED } from './secret-keys.ts';
import { tokenRefusalReason, tokenRefused } from './token-refusal.ts';

/** Never HS256: what is public must not do as a secret. */
const ALGORITHMS: readonly string[] = ['RS256', 'ES256', 'EdDSA', 'Ed25519'];
const KINDS: ReadonlySet<unknown> = new Set(['RSA', 'EC', 'OKP']);

export type FindKey = (header: JWSHeaderParameters) => Promise<CryptoKey>;

export function publicKeysVerifier(find: FindKey, rules: Omit<Verifier, 'algorithms' | 'keysFor'>): Verifier {
  return { ...rules, algorithms: ALGORITHMS, keysFor: (header) => keysFor(find, header) };
}

async function keysFor(find: FindKey, header: JWSHeaderParameters): Promise<readonly CryptoKey[]> {
  try {
    return [await find(header)];
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return severalOf(error);
    if (error instanceof RefusedError) throw error;
    if (!(error instanceof errors.JWKSNoMatchingKey)) {
      throw tokenRefused(`its key cannot be used: ${tokenRefusalReason(error)}`);
    }
    throw unknownKey(header);
  }
}

function unknownKey({ kid }: JWSHeaderParameters, retryAfterMs: number | null = null): RefusedError {
  return tokenRefused(
    kid === undefined
      ? 'it was not signed with a key of this gateway'
      : `it names a key that this gateway does not have: ${show(kid)}`,
    retryAfterMs,
  );
}

async function severalOf(matching: AsyncIterable<CryptoKey>): Promise<readonly CryptoKey[]> {
  const keys: CryptoKey[] = [];
  for await (const key of matching) if (keys.push(key) === MAX_KEYS_TRIED) break;
  return keys;
}

/** @throws OptionError where the file holds no public keys */
export function keysOfFile(path: string): FindKey {
  const keys = readJwks(readSecretFile(path, 'jwks').text, path, bad);
  if (keys.length === 0) throw bad(path, 'at least one key, got none');
  for (const [index, { kty, d }] of keys.entries()) {
    if (!KINDS.has(kty)) {
      throw bad(
        path,
        `key ${index + 1} to be of kty RSA, EC or OKP (secrets go to --key-file), got: ${show(kty)}`,
      );
    }
    if (d !== undefined) throw bad(path, `key ${index + 1} to be public: remove its private half (d)`);
  }
  return createLocalJWKSet({ keys: keys.map(withoutAlias) });
}

/** EdDSA has a newer name (RFC 9864): a key may have the one, and the tokens that it signs the other. */
function withoutAlias(key: Readonly<Record<string, unknown>>): JWK {
  const { alg, ...rest } = key;
  return alg === 'Ed25519' || alg === 'EdDSA' ? rest : key;
}

function bad(path: string, what: string): OptionError {
  return new OptionError('jwks', `expected --jwks ${path} to have ${what}`);
}

export interface Fetching {
  readonly clock: Clock;
  /** Hears of each failure. */
  readonly failed: (why: string) => void;
  /** How long after a look no token makes us look again, in milliseconds. Default 2 s. */
  readonly pauseMs?: number;
}

const PAUSE_MS = 2_000;
const TIMEOUT_MS = 3_000;
/** How long keys are good without another look: what was taken back there is no longer taken here. */
const FRESH_MS = 600_000;
const MAX_BYTES = 256 * 1024;

/**
 * Looks when the first token comes, when a token names a key that is not known, and every ten minutes; one look at a time, with
 * a pause after each, so that nobody makes us ask often.
 * A set that cannot be read refuses with `OVERLOADED`: the token may be good, and its bearer comes back.
 */
export function keysOfUrl(url: URL, { clock, failed, pauseMs = PAUSE_MS }: Fetching): FindKey {
  let quietUntil = Number.NEGATIVE_INFINITY;
  const remote = createRemoteJWKSet(url, {
    timeoutDuration: TIMEOUT_MS,
    cacheMaxAge: FRESH_MS,
    cooldownDuration: pauseMs,
    [customFetch]: async (address, init) => {
      if (clock.monotonic() < quietUntil) throw new Unreadable();
      try {
        return await fetchSet(address, init);
      } catch (error) {
        quietUntil = clock.monotonic() + pauseMs;
        failed(whyOf(error));
        throw new Unreadable();
      }
    },
  });
  return async (header) => {
    const looks = !remote.coolingDown;
    try {
      return await remote(header);
    } catch (error) {
      // It may be there since: whoever asks for unknown keys must not make that a verdict on others.
      if (error instanceof errors.JWKSNoMatchingKey && !looks) throw unknownKey(header, pauseMs);
      if (!(error instanceof Unreadable)) throw error;
      const words = 'the keys that verify tokens cannot be read at the moment';
      throw new RefusedError('OVERLOADED', words, pauseMs);
    }
  };
}

class Unreadable extends Error {}

/** A redirection is not followed: the address is what the operator trusts. */
async function fetchSet(address: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(address, init);
  if (answer.status !== 200) throw new Error(`answered with status ${answer.status}`);
  const text = await textOf(answer);
  return Response.json({ keys: readJwks(text, address, notASet).map(withoutAlias) });
}

function notASet(_: string, what: string): Error {
  return new Error(`expected ${what}`);
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`answered with more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `fetch failed` says nothing; its cause does. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
