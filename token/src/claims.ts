/** What a token says and how much of it a gateway reads. Both ends read it here: who mints, and who checks. */

/** The issuer and the audience of tokens that are signed with a gateway's own keys. */
export const TOKEN_ISSUER = 'celeriac';
export const TOKEN_AUDIENCE = 'celeriac-gateway';

/** HS256 wants a key as long as its hash (RFC 7518, 3.2): in characters of a text, in bytes of a JWK. */
export const MIN_KEY_LENGTH = 32;

/** A gateway refuses a longer token, subject or token id. */
export const MAX_TOKEN_LENGTH = 8_192;
export const MAX_NAME_LENGTH = 255;

/** The limits of the bearer; a gateway applies the lower of these and its own. */
export interface TokenLimits {
  /** Calls per second, on average. */
  readonly callsPerSecond?: number | undefined;
  /** Calls that were accepted and have not ended. */
  readonly callsInFlight?: number | undefined;
  /** Open connections. */
  readonly connections?: number | undefined;
  /** Watches on tasks that others called. */
  readonly watches?: number | undefined;
}
