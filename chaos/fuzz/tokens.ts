import { everything, mintToken, type Scope } from '@celeriac/token';

/** Signs the tokens of a run; it opens nothing else. */
export const FUZZ_KEY = 'the key of a fuzzed gateway, of more than thirty-two characters';

/** Of everything, of something, of next to nothing. None of them but the first reaches the bystander's task. */
const SCOPES: readonly (readonly Scope[])[] = [
  ['call:fuzz*', 'read:*'],
  ['call:add', 'call:slow', 'call:fail', 'read:own'],
  ['work:fuzz*'],
  ['work:*', 'call:add'],
  ['admin:read'],
  ['call:*'],
  ['call:nobody'],
];

/** What those who are hostile bring; none, and one that is no token, among them. */
export async function hostileTokens(key: string): Promise<readonly (string | null)[]> {
  return [null, 'a.b.c', ...(await Promise.all(SCOPES.map((scope) => mint(key, scope))))];
}

/** Of the bystander, and of who asks for the figures. */
export function adminToken(key: string): Promise<string> {
  return mint(key, [everything]);
}

function mint(key: string, scope: readonly Scope[]): Promise<string> {
  return mintToken(key, { scope, sub: 'fuzz', expiresIn: '1d' });
}
