import { SignJWT } from 'jose';
import { TOKEN_ALGORITHM, TOKEN_AUDIENCE, TOKEN_ISSUER } from '../src/transport/auth/authenticator.ts';

export const KEY = 'k'.repeat(32);

/** A token of an hour. @param scope its scopes, separated by spaces */
export function token(scope: string): Promise<string> {
  return new SignJWT({ scope })
    .setProtectedHeader({ alg: TOKEN_ALGORITHM })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(TOKEN_AUDIENCE)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(KEY));
}

/** A client's hello with one. */
export async function helloWith(scope: string): Promise<object> {
  return { protocol: { min: 1, max: 1 }, token: await token(scope) };
}
