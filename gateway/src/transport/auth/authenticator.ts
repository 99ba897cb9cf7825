import type { KeyObject } from 'node:crypto';
import { RefusedError } from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';
import { MAX_TOKEN_LENGTH } from '@celeriac/token/internal';
import {
  type CryptoKey,
  decodeProtectedHeader,
  errors,
  type JWSHeaderParameters,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import { CLOCK_TOLERANCE_MS } from '../../broker/revocations.ts';
import { type Grant, OPEN_GRANT } from './grant.ts';
import { type GrantRules, grantOf } from './grant-of.ts';
import { EARLY_RETRY_MS, isEarly, tokenRefusalReason, tokenRefused } from './token-refusal.ts';

/** @throws RefusedError with `UNAUTHENTICATED`, or with `OVERLOADED` while keys cannot be read */
export type Authenticator = (token: string | null) => Promise<Grant>;

/** Some keys, and what the tokens that they sign must say. Each algorithm is one verifier's. */
export interface Verifier {
  readonly algorithms: readonly string[];
  /** Pinned, so that a token made for something else is worth nothing here. */
  readonly issuer: string;
  readonly audience: string;
  readonly grants: GrantRules;
  /**
   * Those that may have signed, by what the token says of itself; a few at most.
   * @throws RefusedError
   */
  keysFor(header: JWSHeaderParameters): Promise<readonly (CryptoKey | KeyObject)[]>;
}

/** Takes everybody in. */
export const openAuthenticator: Authenticator = async () => OPEN_GRANT;

/** Takes in whoever brings a JWT that one of the verifiers holds good. */
export function tokenAuthenticator(verifiers: readonly Verifier[], clock: Clock): Authenticator {
  return async (token) => {
    if (token === null) throw new RefusedError('UNAUTHENTICATED', 'this gateway requires a token, got none');
    if (token.length > MAX_TOKEN_LENGTH)
      throw tokenRefused(`it is longer than ${MAX_TOKEN_LENGTH} characters`);
    const header = headerOf(token);
    const verifier = verifiers.find(({ algorithms }) => algorithms.includes(header.alg ?? ''));
    if (verifier === undefined) throw tokenRefused('this gateway does not accept its algorithm');
    const now = clock.now();
    return grantOf(await verify(token, header, verifier, now), verifier.grants, now);
  };
}

function headerOf(token: string): JWSHeaderParameters {
  try {
    return decodeProtectedHeader(token);
  } catch {
    throw tokenRefused('it is not a JWT');
  }
}

async function verify(
  token: string,
  header: JWSHeaderParameters,
  { keysFor, issuer, audience }: Verifier,
  now: number,
): Promise<JWTPayload> {
  let refusal = tokenRefused('it was not signed with a key of this gateway');
  for (const key of await keysFor(header)) {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [header.alg ?? ''],
        issuer,
        audience,
        clockTolerance: CLOCK_TOLERANCE_MS / 1_000,
        currentDate: new Date(now),
      });
      return payload;
    } catch (error) {
      refusal = tokenRefused(tokenRefusalReason(error), isEarly(error) ? EARLY_RETRY_MS : null);
      // The right key, and yet it is refused: no other will do.
      if (error instanceof errors.JOSEError && !(error instanceof errors.JWSSignatureVerificationFailed))
        break;
    }
  }
  throw refusal;
}
