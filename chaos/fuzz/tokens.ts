import { createHmac } from 'node:crypto';
import { systemClock } from '@celeriac/runtime';
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from '@celeriac/token';

/** Signs the tokens of a run; it opens nothing else. */
export const KEY = 'the key of a fuzzed gateway, of more than thirty-two characters';

/** Of everything, of something, of next to nothing. None of them but the first reaches the bystander's task. */
export const SCOPES = [
  'call:fuzz* read:*',
  'call:add call:slow call:fail read:own',
  'work:fuzz*',
  'work:* call:add',
  'admin:read',
  'call:*',
  '',
];

/** HS256, as any library makes them. */
export function mintToken(key: string, scope: string): string {
  const seconds = Math.floor(systemClock.now() / 1_000);
  const claims = {
    scope,
    iss: TOKEN_ISSUER,
    aud: TOKEN_AUDIENCE,
    sub: 'fuzz',
    iat: seconds,
    exp: seconds + 86_400,
  };
  const signed = [{ alg: 'HS256' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}
