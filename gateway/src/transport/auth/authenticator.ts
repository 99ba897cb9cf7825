import { RefusedError } from '@celeriac/protocol';
import { errors, jwtVerify } from 'jose';
import { type Grant, OPEN_GRANT } from './grant.ts';
import { readClaimedLimits } from './subject-limits.ts';

/** @throws RefusedError with `UNAUTHENTICATED` */
export type Authenticator = (token: string | null) => Promise<Grant>;

/** What every token must say; pinned, so that a token made for something else is worth nothing here. */
export const TOKEN_ISSUER = 'celeriac';
export const TOKEN_AUDIENCE = 'celeriac-gateway';
export const TOKEN_ALGORITHM = 'HS256';
/** HS256 wants a key as long as its hash (RFC 7518, 3.2). */
export const MIN_KEY_LENGTH = 32;

/** Takes everybody in. */
export const openAuthenticator: Authenticator = async () => OPEN_GRANT;

/**
 * Takes in whoever brings a JWT signed with one of the keys; the scopes are its `scope` claim, separated by spaces.
 * Several keys, so that one can be replaced while tokens of the last are still about.
 */
export function keyAuthenticator(keys: readonly string[]): Authenticator {
  const secrets = keys.map((key) => new TextEncoder().encode(key));
  return async (token) => {
    if (token === null) throw new RefusedError('UNAUTHENTICATED', 'this gateway wants a token, none came');
    let why = 'no key matches';
    for (const secret of secrets) {
      try {
        const { payload } = await jwtVerify(token, secret, {
          algorithms: [TOKEN_ALGORITHM],
          issuer: TOKEN_ISSUER,
          audience: TOKEN_AUDIENCE,
          requiredClaims: ['exp'],
        });
        const { sub, scope, jti, exp, iat } = payload;
        return {
          subject: sub ?? null,
          scopes: typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [],
          tokenId: jti ?? null,
          expiresAt: exp === undefined ? null : exp * 1_000,
          issuedAt: iat === undefined ? null : iat * 1_000,
          limits: readClaimedLimits(payload['limits']),
        };
      } catch (error) {
        why = reasonOf(error);
      }
    }
    throw new RefusedError('UNAUTHENTICATED', `the token was refused: ${why}`);
  };
}

const REASONS: Readonly<Record<string, string>> = {
  [errors.JWSInvalid.code]: 'it is no JWT',
  [errors.JWTInvalid.code]: 'it is no JWT',
  [errors.JWTExpired.code]: 'it has expired',
  [errors.JWSSignatureVerificationFailed.code]: 'no key of this gateway has signed it',
};

/** In words for whoever brought it; what is rarer in the library's. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JOSEError) return REASONS[error.code] ?? error.message;
  return error instanceof Error ? error.message : String(error);
}
