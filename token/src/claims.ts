/** What a token says and how much of it a gateway reads. Both ends read it here: who mints, and who checks. */

/** The issuer and the audience of tokens that are signed with a gateway's own keys. */
export const TOKEN_ISSUER = 'celeriac';
export const TOKEN_AUDIENCE = 'celeriac-gateway';

/** HS256 wants a key as long as its hash (RFC 7518, 3.2): in characters of a text, in bytes of a JWK. */
export const MIN_KEY_LENGTH = 32;

/** A gateway refuses a longer token, subject or token id. */
export const MAX_TOKEN_LENGTH = 8_192;
export const MAX_NAME_LENGTH = 255;

/** What the bearer may do at most; a gateway takes the lower of this and its own limits. */
export interface TokenLimits {
  /** Calls a second, on average. */
  readonly callsPerSecond?: number | undefined;
  /** Calls that have not ended. */
  readonly callsInFlight?: number | undefined;
  /** Open connections. */
  readonly connections?: number | undefined;
  /** Watches on tasks that others called. */
  readonly watches?: number | undefined;
}
