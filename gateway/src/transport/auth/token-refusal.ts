import { RefusedError } from '@celeriac/protocol';
import { errors } from 'jose';

export function tokenRefused(why: string): RefusedError {
  return new RefusedError('UNAUTHENTICATED', `the token was refused: ${why}`);
}

const REASONS: Readonly<Record<string, string>> = {
  [errors.JWSInvalid.code]: 'it is no JWT',
  [errors.JWTInvalid.code]: 'it is no JWT',
  [errors.JWTExpired.code]: 'it has expired',
  [errors.JWSSignatureVerificationFailed.code]: 'no key of this gateway has signed it',
};

/** In words for whoever brought it; what is rarer in the library's. */
export function reasonOf(error: unknown): string {
  const early = error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf';
  if (early && error.reason === 'check_failed') return 'it is not good yet (nbf)';
  if (error instanceof errors.JOSEError) return REASONS[error.code] ?? error.message;
  return error instanceof Error ? error.message : String(error);
}
