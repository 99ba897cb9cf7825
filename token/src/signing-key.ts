import { type CryptoKey, importJWK, type JWK } from 'jose';
import { MIN_KEY_LENGTH } from './claims.ts';
import { TokenError } from './token-error.ts';

/**
 * What a token is signed with: a secret that the gateway has as well (`--key`, `--key-file`), or a private key whose public
 * half is in its `--jwks`. `kid` says which of the gateway's keys it is.
 */
export type SigningKey =
  | string
  | { readonly kid?: string | undefined; readonly secret: string }
  | { readonly kid?: string | undefined; readonly key: CryptoKey | JWK }
  | CryptoKey
  | JWK;

export type SigningAlgorithm = 'HS256' | 'RS256' | 'ES256' | 'EdDSA';

export interface Signer {
  readonly algorithm: SigningAlgorithm;
  readonly kid: string | undefined;
  readonly key: CryptoKey | Uint8Array;
}

const KINDS = 'a string, a JWK, a CryptoKey, { kid, secret } or { kid, key }';

/** @throws TokenError for what is no key, is too short, or signs with another algorithm; no message shows any of it */
export async function signerOf(given: SigningKey): Promise<Signer> {
  if (typeof given === 'string') return withSecret(given, undefined);
  if (typeof given !== 'object' || given === null)
    throw new TokenError(`expected a key: ${KINDS}; got ${given === null ? 'null' : typeof given}`);
  if ('secret' in given && typeof given.secret === 'string') return withSecret(given.secret, given.kid);
  if ('key' in given && typeof given.key === 'object') return withKey(given.key, given.kid);
  return withKey(given, undefined);
}

function withSecret(secret: string, kid: unknown): Signer {
  if (secret.length < MIN_KEY_LENGTH) {
    throw new TokenError(
      `expected the secret to have at least ${MIN_KEY_LENGTH} characters, got ${secret.length}`,
    );
  }
  return { algorithm: 'HS256', kid: kidOf(kid), key: new TextEncoder().encode(secret) };
}

async function withKey(key: CryptoKey | JWK | object, kid: unknown): Promise<Signer> {
  if (isJwk(key)) return withJwk(key, kid ?? key.kid);
  if (!isCryptoKey(key))
    throw new TokenError(`expected a key: ${KINDS}; got an object that is none of these`);
  if (key.type === 'public') throw new TokenError('expected a private key or a secret, got a public key');
  return { algorithm: algorithmOf(key), kid: kidOf(kid), key };
}

async function withJwk(jwk: JWK, kid: unknown): Promise<Signer> {
  const algorithm = algorithmOfJwk(jwk);
  if (algorithm === 'HS256' && (jwk.k?.length ?? 0) * 0.75 < MIN_KEY_LENGTH) {
    throw new TokenError(`expected the JWK's secret to have at least ${MIN_KEY_LENGTH} bytes`);
  }
  if (algorithm !== 'HS256' && jwk.d === undefined) {
    throw new TokenError('expected a private JWK (one with d), got a public one');
  }
  const { alg: _, ...named } = jwk;
  return { algorithm, kid: kidOf(kid), key: await importJWK(named, algorithm) };
}

function algorithmOfJwk({ kty, crv, alg }: JWK): SigningAlgorithm {
  const kind = [kty, crv].filter((part) => part !== undefined).join(' ');
  const found = BY_KIND.get(kind);
  const named = alg === 'Ed25519' ? 'EdDSA' : alg;
  if (found !== undefined && (named === undefined || named === found)) return found;
  throw unknownKind(`a JWK of ${kind}${alg === undefined ? '' : ` for ${alg}`}`);
}

const BY_KIND: ReadonlyMap<string, SigningAlgorithm> = new Map([
  ['oct', 'HS256'],
  ['RSA', 'RS256'],
  ['EC P-256', 'ES256'],
  ['OKP Ed25519', 'EdDSA'],
]);

function algorithmOf({ algorithm }: CryptoKey): SigningAlgorithm {
  const { name, hash, namedCurve }: { name: string; hash?: { name: string }; namedCurve?: string } =
    algorithm;
  const found = BY_NAME.get([name, hash?.name ?? namedCurve].filter((part) => part !== undefined).join(' '));
  if (found !== undefined) return found;
  throw unknownKind(`a key for ${name}`);
}

const BY_NAME: ReadonlyMap<string, SigningAlgorithm> = new Map([
  ['HMAC SHA-256', 'HS256'],
  ['RSASSA-PKCS1-v1_5 SHA-256', 'RS256'],
  ['ECDSA P-256', 'ES256'],
  ['Ed25519', 'EdDSA'],
]);

function unknownKind(got: string): TokenError {
  return new TokenError(`expected a key for HS256, RS256, ES256 or EdDSA, got ${got}`);
}

function isJwk(key: object): key is JWK {
  return 'kty' in key && typeof key.kty === 'string';
}

function isCryptoKey(key: object): key is CryptoKey {
  return 'algorithm' in key && 'usages' in key && 'type' in key;
}

function kidOf(kid: unknown): string | undefined {
  if (kid === undefined || (typeof kid === 'string' && kid !== '')) return kid;
  throw new TokenError(
    `expected kid to be a string that is not empty, got: ${kid === '' ? "''" : typeof kid}`,
  );
}
