import { RefusedError } from '@celeriac/protocol';
import { systemClock } from '@celeriac/runtime';
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from '@celeriac/token/internal';
import { CompactSign, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { type Authenticator, openAuthenticator } from './authenticator.ts';
import { openDoor } from './door.ts';

const KEY = 'k'.repeat(64);

/** A gateway's door with keys, each for itself and no other setting. */
function keyAuthenticator(keys: readonly string[]): Authenticator {
  const settings = {
    keys,
    keyFiles: [],
    jwks: null,
    tokenIssuer: null,
    tokenAudience: TOKEN_AUDIENCE,
    scopeClaim: 'scope',
    maxTokenAgeMs: 90 * 86_400_000,
  };
  return openDoor(settings, systemClock, () => undefined).authenticate;
}

interface Made {
  readonly key?: string;
  readonly algorithm?: string;
  readonly kid?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly expires?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
}

function token({
  key = KEY,
  algorithm = 'HS256',
  kid,
  issuer = TOKEN_ISSUER,
  audience = TOKEN_AUDIENCE,
  expires = '1h',
  claims = { scope: 'call:add read:*' },
}: Made = {}): Promise<string> {
  return new SignJWT({ sub: 'shop', ...claims })
    .setProtectedHeader({ alg: algorithm, ...(kid === undefined ? {} : { kid }) })
    .setIssuer(issuer)
    .setAudience(audience)
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(key));
}

async function refusal(given: string | null, keys: readonly string[] = [KEY]): Promise<RefusedError> {
  try {
    await keyAuthenticator(keys)(given);
  } catch (error) {
    if (error instanceof RefusedError) return error;
    throw error;
  }
  throw new Error('was let in');
}

describe('a token', () => {
  test('that is good gives its scopes', async () => {
    expect(await keyAuthenticator([KEY])(await token())).toMatchObject({
      subject: 'shop',
      scopes: ['call:add', 'read:*'],
    });
  });

  test('signed with any of several keys is good', async () => {
    const old = 'o'.repeat(64);
    const authenticate = keyAuthenticator([KEY, old]);
    expect((await authenticate(await token({ key: old }))).subject).toBe('shop');
    expect((await authenticate(await token())).subject).toBe('shop');
  });

  test.each<[string, Made]>([
    ['another key', { key: 'x'.repeat(64) }],
    ['another algorithm', { algorithm: 'HS512' }],
    ['another issuer', { issuer: 'somebody' }],
    ['another audience', { audience: 'something' }],
    ['an expiry that is past', { expires: '-1s' }],
    ['a key that is not known by name', { kid: 'other' }],
  ])('with %s is refused', async (_, made) => {
    expect(await refusal(await token(made))).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('that nobody signed is refused', async () => {
    const unsigned = new UnsecuredJWT({ scope: 'call:*' })
      .setIssuer(TOKEN_ISSUER)
      .setAudience(TOKEN_AUDIENCE)
      .setExpirationTime('1h')
      .encode();
    expect(await refusal(unsigned)).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('whose claims were changed is refused', async () => {
    const [header, , signature] = (await token()).split('.');
    const claims = Buffer.from(
      '{"iss":"celeriac","aud":"celeriac-gateway","exp":99999999999,"scope":"*"}',
    ).toString('base64url');
    expect(await refusal(`${header}.${claims}.${signature}`)).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test.each(['', 'x', 'a.b.c', '{}', `${'e30.'.repeat(3)}`])('that is none is refused: %j', async (given) => {
    expect(await refusal(given)).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test.each<[string, Made]>([
    ['it was not signed with a key of this gateway', { key: 'x'.repeat(64) }],
    ['it has expired', { expires: '-1s' }],
    ['unexpected "aud" claim value', { audience: 'something' }],
    ['this gateway does not accept its algorithm', { algorithm: 'HS384' }],
    ["it names a key that this gateway does not have: 'other'", { kid: 'other' }],
    ['it is not valid yet (nbf)', { claims: { scope: '*', nbf: 99_999_999_999 } }],
    ["its scope '*' must stand alone", { claims: { scope: 'call:add *' } }],
    ['it is longer than 8192 characters', { claims: { scope: 'x'.repeat(8_192) } }],
  ])('is refused with the reason: %s', async (reason, made) => {
    expect((await refusal(await token(made))).message).toBe(`the token was refused: ${reason}`);
    // What another key would say of it is not the reason.
    expect((await refusal(await token(made), [KEY, 'o'.repeat(64)])).message).toBe(
      `the token was refused: ${reason}`,
    );
    expect((await refusal('nonsense')).message).toBe('the token was refused: it is not a JWT');
  });

  test('finding 8: that never expires is refused, with the reason', async () => {
    const endless = await new SignJWT({ scope: '*' })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(TOKEN_ISSUER)
      .setAudience(TOKEN_AUDIENCE)
      .sign(new TextEncoder().encode(KEY));
    expect(await refusal(endless)).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: 'the token was refused: it never expires (no exp)',
    });
  });

  test.each([null, 'soon', {}, true])('whose end is no number is refused: %j', async (exp) => {
    const claims = JSON.stringify({ iss: TOKEN_ISSUER, aud: TOKEN_AUDIENCE, exp, scope: '*' });
    const made = await new CompactSign(new TextEncoder().encode(claims))
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(KEY));
    expect((await refusal(made)).message).toBe('the token was refused: "exp" claim must be a number');
  });

  test('that is missing is refused, and the answer says that one is wanted', async () => {
    expect((await refusal(null)).message).toBe('this gateway requires a token, got none');
  });
});

test('without keys everybody may do everything', async () => {
  expect(await openAuthenticator(null)).toMatchObject({ subject: null, scopes: null });
  expect(await keyAuthenticator([])(null)).toMatchObject({ subject: null, scopes: null });
});
