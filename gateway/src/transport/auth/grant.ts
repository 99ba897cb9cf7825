import { NO_LIMITS, type SubjectLimits } from './subject-limits.ts';

/** What a connection may do. A scope is `verb:subject`, and a `*` at its end stands for any rest: `call:media.*`. */
export type Verb = 'call' | 'read' | 'revoke' | 'work' | 'admin';

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

export function allows(grant: Grant, verb: Verb, subject: string): boolean {
  return grant.scopes === null || grant.scopes.some((scope) => covers(scope, `${verb}:${subject}`));
}

function covers(scope: string, wanted: string): boolean {
  return scope.endsWith('*') ? wanted.startsWith(scope.slice(0, -1)) : scope === wanted;
}
