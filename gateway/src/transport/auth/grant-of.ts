import { MAX_NAME_LENGTH, SCOPE_VERBS } from '@celeriac/token/internal';
import type { JWTPayload } from 'jose';
import { CLOCK_TOLERANCE_MS } from '../../broker/revocations.ts';
import type { Grant } from './grant.ts';
import { readClaimedLimits } from './subject-limits.ts';
import { EARLY_RETRY_MS, tokenRefused } from './token-refusal.ts';

export interface GrantRules {
  /** The claim that holds the scopes. */
  readonly scopeClaim: string;
  /** How long a token may be good for, from when it was made. */
  readonly maxAgeMs: number;
}

/**
 * What a token whose signature, issuer and audience are right allows.
 * @param now wall time
 * @throws RefusedError with `UNAUTHENTICATED`
 */
export function grantOf(payload: JWTPayload, { scopeClaim, maxAgeMs }: GrantRules, now: number): Grant {
  const claim: unknown = Object.hasOwn(payload, scopeClaim) ? payload[scopeClaim] : undefined;
  return {
    subject: nameOf('sub', payload.sub),
    scopes: scopesOf(claim),
    tokenId: nameOf('jti', payload.jti),
    expiresAt: endOf(payload, maxAgeMs, now),
    issuedAt: payload.iat === undefined ? null : payload.iat * 1_000,
    limits: readClaimedLimits(payload['limits']),
  };
}

/** One that does not say when it was made is as old as it is seen to be. */
function endOf({ exp, iat }: JWTPayload, maxAgeMs: number, now: number): number {
  const madeAt = iat === undefined ? now : iat * 1_000;
  if (exp === undefined) throw tokenRefused('it never expires (no exp)');
  if (exp * 1_000 <= now) throw tokenRefused('it has expired');
  if (madeAt > now + CLOCK_TOLERANCE_MS)
    throw tokenRefused('its time of issue (iat) is in the future', EARLY_RETRY_MS);
  if (exp * 1_000 - madeAt > maxAgeMs) {
    throw tokenRefused(`it is valid for longer than the ${maxAgeMs / 1_000} s that this gateway allows`);
  }
  return exp * 1_000;
}

function nameOf(claim: 'sub' | 'jti', name: unknown): string | null {
  if (name === undefined) return null;
  if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME_LENGTH) return name;
  throw tokenRefused(`its ${claim} is not a string of 1 to ${MAX_NAME_LENGTH} characters`);
}

/**
 * The scopes that a claim holds: a text with single spaces between them (RFC 6749, 3.3), or a list of texts, as identity
 * providers give. What is neither allows nothing, and so does a scope that is none of ours, such as `openid`.
 *
 * @throws RefusedError for a scope that may be a part of one with a space in it: an empty one, one with white space, and a
 * `*` (everything) beside others, as in `call:send *`
 */
function scopesOf(claim: unknown): readonly string[] {
  const given = itemsOf(claim);
  for (const scope of given) {
    if (scope === '') throw tokenRefused('it has an empty scope');
    if (/[\s\p{Cc}]/u.test(scope)) throw tokenRefused('it has a scope with white space in it');
    if (scope === '*' && given.length > 1) throw tokenRefused("its scope '*' must stand alone");
  }
  return given.filter(isOurs);
}

function itemsOf(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.trim() === '' ? [] : claim.split(' ');
  if (!Array.isArray(claim)) return [];
  return claim.map((item: unknown) => {
    if (typeof item === 'string') return item;
    throw tokenRefused('one of its scopes is not a string');
  });
}

/** Without a verb in front a `*` would stand for the rest of the verb as well. */
function isOurs(scope: string): boolean {
  return (
    scope === '*' ||
    SCOPE_VERBS.some((verb) => scope.startsWith(`${verb}:`) && scope.length > verb.length + 1)
  );
}
