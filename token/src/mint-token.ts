import { SignJWT } from 'jose';
import {
  MAX_NAME_LENGTH,
  MAX_TOKEN_LENGTH,
  TOKEN_AUDIENCE,
  TOKEN_ISSUER,
  type TokenLimits,
} from './claims.ts';
import { faultOfScope, readOwn, revokeOwn, type Scope } from './scope.ts';
import { type SigningKey, signerOf } from './signing-key.ts';
import { showClaim, TokenError } from './token-error.ts';

/** What {@link mintToken} is asked for. */
export interface TokenRequest {
  /** What the token allows; at least one. */
  readonly scope: readonly Scope[];
  /**
   * The owner of the token, up to 255 characters, such as a user's id. The scopes `…:own` are for its calls, so they need it.
   * @default nobody
   */
  readonly sub?: string | undefined;
  /**
   * How long it is valid: seconds, or with a unit (`'15m'`, `'12h'`, `'30d'`).
   * @default 15 minutes
   */
  readonly expiresIn?: number | string | undefined;
  /**
   * The token's own name, by which it can be revoked.
   * @default a random one
   */
  readonly jti?: string | undefined;
  /**
   * Lowers the gateway's limits for this token.
   * @default the gateway's
   */
  readonly limits?: TokenLimits | undefined;
  /**
   * The issuer that the gateway expects, its `--token-issuer`.
   * @default `'celeriac'`
   */
  readonly issuer?: string | undefined;
  /**
   * The audience that the gateway expects, its `--token-audience`.
   * @default `'celeriac-gateway'`
   */
  readonly audience?: string | undefined;
  /**
   * The claim that holds the scopes, the gateway's `--scope-claim`.
   * @default `'scope'`
   */
  readonly scopeClaim?: string | undefined;
}

const NAMES: { readonly [Name in keyof Required<TokenRequest>]: true } = {
  scope: true,
  sub: true,
  expiresIn: true,
  jti: true,
  limits: true,
  issuer: true,
  audience: true,
  scopeClaim: true,
};

const FIFTEEN_MINUTES = '15m';
/** What is longer is a mistake in the unit. */
const TEN_YEARS_S = 10 * 365 * 86_400;

/**
 * Makes a token for a gateway: a JWT, signed with one of its keys.
 *
 * @param key a secret of at least 32 characters that the gateway has, `{ kid, secret }`, or a private key (RS256, ES256, EdDSA)
 * @returns the token, for `new Celeriac({ token })` and `--token`
 * @throws TokenError, which says what is wrong; nothing is signed then
 *
 * @example
 * const token = await mintToken(process.env.CELERIAC_KEY, {
 *   sub: user.id,
 *   scope: [call<typeof tasks>('add'), readOwn, revokeOwn],
 *   expiresIn: '15m',
 * });
 */
export async function mintToken(key: SigningKey, request: TokenRequest): Promise<string> {
  checkNames(request, NAMES, 'what the token says', 'option');
  const {
    sub,
    jti = crypto.randomUUID(),
    expiresIn = FIFTEEN_MINUTES,
    limits,
    scopeClaim = 'scope',
  } = request;
  const { issuer = TOKEN_ISSUER, audience = TOKEN_AUDIENCE } = request;
  const seconds = readSeconds(expiresIn);
  const claims = {
    [readClaim(scopeClaim)]: readScopes(request),
    ...(limits === undefined ? {} : { limits: readLimits(limits) }),
  };
  const { algorithm, kid, key: signing } = await signerOf(key);
  const unsigned = new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, ...(kid === undefined ? {} : { kid }) })
    .setIssuer(readName('issuer', issuer))
    .setAudience(readName('audience', audience))
    .setJti(readName('jti', jti))
    .setIssuedAt()
    .setExpirationTime(`${seconds}s`);
  if (sub !== undefined) unsigned.setSubject(readName('sub', sub));
  const token = await unsigned.sign(signing);
  if (token.length <= MAX_TOKEN_LENGTH) return token;
  throw new TokenError(
    `expected a token of at most ${MAX_TOKEN_LENGTH} characters, this one has ${token.length}: give it fewer scopes, or patterns such as 'call:media.*'`,
  );
}

/** @param what is read @param kind what its names are called */
function checkNames(
  given: unknown,
  known: Readonly<Record<string, true>>,
  what: string,
  kind: string,
): asserts given is object {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new TokenError(`expected ${what} to be an object, got: ${showClaim(given)}`);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(known, name))
      throw new TokenError(`unknown ${kind} ${showClaim(name)}; known are ${Object.keys(known).join(', ')}`);
  }
}

function readScopes({ scope, sub }: TokenRequest): string {
  if (!Array.isArray(scope) || scope.length === 0) {
    throw new TokenError(`expected scope to be a list of scopes, got: ${showClaim(scope)}`);
  }
  for (const one of scope) {
    const fault = faultOfScope(one, scope);
    if (fault !== null) throw new TokenError(fault);
    if (sub === undefined && (one === readOwn || one === revokeOwn)) {
      throw new TokenError(`scope '${one}' needs sub, the owner of the tasks`);
    }
  }
  return scope.join(' ');
}

const REGISTERED: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'limits',
  '__proto__',
]);

function readClaim(name: string): string {
  if (REGISTERED.has(name))
    throw new TokenError(`expected scopeClaim to be a name that no other claim has, got: ${showClaim(name)}`);
  return readName('scopeClaim', name);
}

function readName(what: string, name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME_LENGTH) return name;
  throw new TokenError(
    `expected ${what} to be a string of 1 to ${MAX_NAME_LENGTH} characters, got: ${showClaim(name)}`,
  );
}

const UNIT_S: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3_600],
  ['d', 86_400],
]);

/** A JWT counts in whole seconds; a part of one is a whole. */
function readSeconds(given: unknown): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([smhd])$/.exec(String(given)) ?? [];
  const exact =
    typeof given === 'number' ? given : Number(amount || Number.NaN) * (UNIT_S.get(unit) ?? Number.NaN);
  if (exact > 0 && exact <= TEN_YEARS_S) return Math.ceil(exact);
  throw new TokenError(
    `expected expiresIn to be a number of seconds up to ten years, or a string such as '15m', '12h' or '30d', got: ${showClaim(given)}`,
  );
}

type LimitName = keyof TokenLimits;

const LIMITS: { readonly [Name in LimitName]: true } = {
  callsPerSecond: true,
  callsInFlight: true,
  connections: true,
  watches: true,
};

function readLimits(limits: TokenLimits): Readonly<Record<string, number>> {
  checkNames(limits, LIMITS, 'limits', 'limit');
  const given = Object.entries(limits).filter(([, limit]) => limit !== undefined);
  for (const [name, limit] of given) {
    if (typeof limit !== 'number' || !Number.isFinite(limit) || limit < 0) {
      throw new TokenError(`expected limit ${name} to be a number of at least 0, got: ${showClaim(limit)}`);
    }
  }
  return Object.fromEntries(given);
}
