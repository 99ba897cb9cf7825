import { RefusedError } from '@celeriac/protocol';
import { errors } from 'jose';

/** When the bearer of a token that is not good yet may show it again. */
export const EARLY_RETRY_MS = 5_000;

/** @param retryAfterMs when the very same token may be good; `null`: never */
export function tokenRefused(why: string, retryAfterMs: number | null = null): RefusedError {
  return new RefusedError('UNAUTHENTICATED', `the token was refused: ${why}`, retryAfterMs);
}

const REASONS: Readonly<Record<string, string>> = {
  [errors.JWSInvalid.code]: 'it is not a JWT',
  [errors.JWTInvalid.code]: 'it is not a JWT',
  [errors.JWTExpired.code]: 'it has expired',
  [errors.JWSSignatureVerificationFailed.code]: 'it was not signed with a key of this gateway',
};

/** In words for the token's bearer; rarer errors in the words of the library. */
export function tokenRefusalReason(error: unknown): string {
  if (isEarly(error)) return 'it is not valid yet (nbf)';
  if (error instanceof errors.JOSEError) return REASONS[error.code] ?? error.message;
  return error instanceof Error ? error.message : String(error);
}

/** Another clock may be ahead of ours: such a token becomes valid with time. */
export function isEarly(error: unknown): boolean {
  return (
    error instanceof errors.JWTClaimValidationFailed &&
    error.claim === 'nbf' &&
    error.reason === 'check_failed'
  );
}
