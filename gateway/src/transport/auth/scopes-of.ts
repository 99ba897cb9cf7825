import { SCOPE_VERBS } from '@celeriac/token';
import { tokenRefused } from './token-refusal.ts';

/**
 * The scopes that a claim holds: a text with single spaces between them (RFC 6749, 3.3), or a list of texts, as identity
 * providers give. What is neither allows nothing, and so does a scope that is none of ours, such as `openid`.
 *
 * @throws RefusedError for a scope that may be a part of one with a space in it: an empty one, one with white space, and a
 * `*` (everything) beside others, as in `call:send *`
 */
export function scopesOf(claim: unknown): readonly string[] {
  const given = itemsOf(claim);
  for (const scope of given) {
    if (scope === '') throw tokenRefused('it has an empty scope');
    if (/[\s\p{Cc}]/u.test(scope)) throw tokenRefused('it has a scope with white space in it');
    if (scope === '*' && given.length > 1) throw tokenRefused("its scope '*' must stand alone");
  }
  return given.filter(isOurs);
}

function itemsOf(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.trim() === '' ? [] : claim.split(' ');
  if (!Array.isArray(claim)) return [];
  return claim.map((item: unknown) => {
    if (typeof item === 'string') return item;
    throw tokenRefused('it has a scope that is no text');
  });
}

/** Without a verb in front a `*` would stand for the rest of the verb as well. */
function isOurs(scope: string): boolean {
  return (
    scope === '*' ||
    SCOPE_VERBS.some((verb) => scope.startsWith(`${verb}:`) && scope.length > verb.length + 1)
  );
}
