import { TOKEN_AUDIENCE, TOKEN_ISSUER } from '@celeriac/token/internal';
import { SignJWT } from 'jose';

export const KEY = 'k'.repeat(32);

/** A token of `shop`, good for an hour, with these scopes and whatever claims. */
export function mint(scope: string, claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({ scope, sub: 'shop', iat: now, exp: now + 3_600, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(TOKEN_AUDIENCE)
    .sign(new TextEncoder().encode(KEY));
}

/** What a client's hello brings. */
export async function bearing(
  scope: string,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly auth: unknown }> {
  return { auth: { protocol: { min: 1, max: 1 }, token: await mint(scope, claims) } };
}

/** The same with no more than its scopes, as a hello alone. */
export async function helloWith(scope: string): Promise<object> {
  return (await bearing(scope)).auth as object;
}
