import { RefusedError } from '@celeriac/protocol';
import { SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import {
  keyAuthenticator,
  openAuthenticator,
  TOKEN_ALGORITHM,
  TOKEN_AUDIENCE,
  TOKEN_ISSUER,
} from './authenticator.ts';

const KEY = 'k'.repeat(64);

interface Made {
  readonly key?: string;
  readonly algorithm?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly expires?: string;
  readonly subject?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
}

function token({
  key = KEY,
  algorithm = TOKEN_ALGORITHM,
  issuer = TOKEN_ISSUER,
  audience = TOKEN_AUDIENCE,
  expires = '1h',
  subject = 'shop',
  claims = { scope: 'call:add read:*' },
}: Made = {}): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(subject)
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
  test.each(['x'.repeat(256), 5, ['shop'], null])('is refused whose sub is %j', async (sub) => {
    const given = await new SignJWT({ scope: 'call:add', sub: sub as string })
      .setProtectedHeader({ alg: TOKEN_ALGORITHM })
      .setIssuer(TOKEN_ISSUER)
      .setAudience(TOKEN_AUDIENCE)
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(KEY));
    expect((await refusal(given)).message).toContain('its sub is no text of at most 255 characters');
  });

  test('whose sub is empty names nobody', async () => {
    const given = await token({ subject: '' });
    expect(await keyAuthenticator([KEY])(given)).toMatchObject({ subject: null });
  });

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

  test.each([[{}], [{ scope: ['call:*'] }], [{ scope: null }], [{ scope: '' }], [{ scope: '  ' }]])(
    'without readable scopes allows nothing: %j',
    async (claims) => {
      expect((await keyAuthenticator([KEY])(await token({ claims }))).scopes).toEqual([]);
    },
  );

  test.each<[string, Made]>([
    ['another key', { key: 'x'.repeat(64) }],
    ['another algorithm', { algorithm: 'HS512' }],
    ['another issuer', { issuer: 'somebody' }],
    ['another audience', { audience: 'something' }],
    ['an expiry that is past', { expires: '-1s' }],
  ])('with %s is refused', async (_, made) => {
    expect(await refusal(await token(made))).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('that nobody signed is refused', async () => {
    const unsigned = new UnsecuredJWT({ scope: 'call:*' })
      .setIssuer(TOKEN_ISSUER)
      .setAudience(TOKEN_AUDIENCE)
      .encode();
    expect(await refusal(unsigned)).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('whose claims were changed is refused', async () => {
    const [header, , signature] = (await token()).split('.');
    const claims = Buffer.from('{"iss":"celeriac","aud":"celeriac-gateway","scope":"*"}').toString(
      'base64url',
    );
    expect(await refusal(`${header}.${claims}.${signature}`)).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test.each(['', 'x', 'a.b.c', '{}'])('that is none is refused: %j', async (given) => {
    expect(await refusal(given)).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test.each<[string, Made]>([
    ['no key of this gateway has signed it', { key: 'x'.repeat(64) }],
    ['it has expired', { expires: '-1s' }],
    ['unexpected "aud" claim value', { audience: 'something' }],
  ])('is refused with the reason: %s', async (reason, made) => {
    expect((await refusal(await token(made))).message).toBe(`the token was refused: ${reason}`);
    expect((await refusal('nonsense')).message).toBe('the token was refused: it is no JWT');
  });

  test('that is missing is refused, and the answer says that one is wanted', async () => {
    expect((await refusal(null)).message).toBe('this gateway wants a token, none came');
  });
});

test('without keys everybody may do everything', async () => {
  expect(await openAuthenticator(null)).toMatchObject({ subject: null, scopes: null });
});
