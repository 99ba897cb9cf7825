import { TOKEN_ALGORITHM, TOKEN_AUDIENCE, TOKEN_ISSUER } from '@celeriac/gateway';
import { SignJWT } from 'jose';

export interface TokenClaims {
  readonly scopes: readonly string[];
  readonly subject: string;
  readonly expiresAt: Date;
}

/** @param key one of the gateway's keys */
export function mintToken(key: string, { scopes, subject, expiresAt }: TokenClaims): Promise<string> {
  return new SignJWT({ scope: scopes.join(' ') })
    .setProtectedHeader({ alg: TOKEN_ALGORITHM })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(TOKEN_AUDIENCE)
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(expiresAt)
    .sign(new TextEncoder().encode(key));
}
