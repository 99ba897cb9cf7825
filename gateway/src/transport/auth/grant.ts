import { indexScopes, type ScopeIndex } from './scope-index.ts';
import { NO_LIMITS, type SubjectLimits } from './subject-limits.ts';

/** What a connection may do. A scope is `verb:subject`, and a `*` at its end stands for any rest: `call:media.*`. */
export type GrantVerb = 'call' | 'queue' | 'read' | 'revoke' | 'work' | 'admin';

export interface Grant {
  /** Whose token it is (its `sub`); `null` where that is not said. */
  readonly subject: string | null;
  /** `null`: everything. */
  readonly scopes: readonly string[] | null;
  /** The token's own name (its `jti`), where it has one. */
  readonly tokenId: string | null;
  /** When the token ends (its `exp`), in gateway wall time; `null`: never. */
  readonly expiresAt: number | null;
  /** When it was issued (its `iat`), likewise; `null` where it does not say. */
  readonly issuedAt: number | null;
  /** What it lowers the gateway's limits to. */
  readonly limits: SubjectLimits;
}

/** A gateway without keys is open to whoever reaches it; that is why it binds loopback only. */
export const OPEN_GRANT: Grant = {
  subject: null,
  scopes: null,
  tokenId: null,
  expiresAt: null,
  issuedAt: null,
  limits: NO_LIMITS,
};

const indexes = new WeakMap<readonly string[], ScopeIndex>();

export function allows({ scopes }: Grant, verb: GrantVerb, subject: string): boolean {
  return scopes === null || indexOf(scopes).covers(`${verb}:${subject}`);
}

/** Whether a scope such as `read:own` covers a task of this caller. A task of nobody in particular is nobody's own. */
export function allowsOwn(grant: Grant, verb: 'read' | 'revoke', caller: string | null): boolean {
  return caller !== null && caller === grant.subject && asksWhose(grant, verb);
}

/** Whether the grant may concern a task because of whose it is, so that this has to be looked up. */
export function asksWhose({ scopes, subject }: Grant, verb: 'read' | 'revoke'): boolean {
  return scopes !== null && subject !== null && indexOf(scopes).ofOwn(verb);
}

/** Whether there is anything at all that the grant covers with this verb. */
export function allowsSome({ scopes }: Grant, verb: GrantVerb): boolean {
  return scopes === null || indexOf(scopes).ofAny(verb);
}

function indexOf(scopes: readonly string[]): ScopeIndex {
  let index = indexes.get(scopes);
  if (index === undefined) {
    index = indexScopes(scopes);
    indexes.set(scopes, index);
  }
  return index;
}
