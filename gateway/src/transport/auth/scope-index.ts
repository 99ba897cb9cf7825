/** Scopes as they are asked about: made once for each token, so that a check costs the same however many there are. */

/** What stands for the tasks that the token's own subject has called. */
const OWN: ReadonlySet<string> = new Set(['read:own', 'revoke:own']);

export interface ScopeIndex {
  covers(wanted: string): boolean;
  /** Whether a scope is among them that covers whatever tasks are one's own: `read:own`, or one for all of them. */
  ofOwn(verb: string): boolean;
  /** Whether it covers anything of the verb at all. */
  ofAny(verb: string): boolean;
}

/** A `*` at the end stands for any rest, `\*` there for a star; `VERB:own` is no name but the caller's own tasks. */
export function indexScopes(scopes: readonly string[]): ScopeIndex {
  const exact = new Set<string>();
  const beginnings: string[] = [];
  for (const scope of scopes) {
    if (scope.endsWith('\\*')) exact.add(`${scope.slice(0, -2)}*`);
    else if (scope.endsWith('*')) beginnings.push(scope.slice(0, -1));
    else exact.add(scope);
  }
  const own = new Set([...exact].filter((scope) => OWN.has(scope)));
  for (const scope of own) exact.delete(scope);
  const prefixes = withoutLonger(beginnings);
  return {
    covers: (wanted) => exact.has(wanted) || beginsWithOne(wanted, prefixes),
    ofOwn: (verb) => own.has(`${verb}:own`) || beginsWithOne(`${verb}:`, prefixes),
    ofAny: (verb) =>
      beginsWithOne(`${verb}:`, prefixes) ||
      [...exact, ...prefixes].some((one) => one.startsWith(`${verb}:`)),
  };
}

/** Sorted, and none of them begins with another one. */
function withoutLonger(beginnings: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (const beginning of [...beginnings].sort()) {
    const last = kept.at(-1);
    if (last === undefined || !beginning.startsWith(last)) kept.push(beginning);
  }
  return kept;
}

/** Of sorted prefixes, none of which begins with another, only the last one up to the text can be its beginning. */
function beginsWithOne(text: string, prefixes: readonly string[]): boolean {
  let low = 0;
  let high = prefixes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((prefixes[middle] ?? '') <= text) low = middle + 1;
    else high = middle;
  }
  return low > 0 && text.startsWith(prefixes[low - 1] ?? '');
}
