import { MAX_NAME_LENGTH } from '@celeriac/token';
import type { JWTPayload } from 'jose';
import { CLOCK_TOLERANCE_MS } from '../../broker/revocations.ts';
import type { Grant } from './grant.ts';
import { scopesOf } from './scopes-of.ts';
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
    throw tokenRefused('it says that it was made later than now (iat)', EARLY_RETRY_MS);
  if (exp * 1_000 - madeAt > maxAgeMs) {
    throw tokenRefused(`it is good for longer than the ${maxAgeMs / 1_000} s that this gateway allows`);
  }
  return exp * 1_000;
}

function nameOf(claim: 'sub' | 'jti', name: unknown): string | null {
  if (name === undefined) return null;
  if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME_LENGTH) return name;
  throw tokenRefused(`its ${claim} is no text of 1 to ${MAX_NAME_LENGTH} characters`);
}
