/** A token cannot be made: its key, subject, expiry or a scope is invalid. Thrown before anything is signed. */
export class TokenError extends Error {
  override readonly name: string = 'TokenError';
  /** Always this one. */
  readonly code = 'BAD_TOKEN' as const;
}

/** Shows what came, briefly, and never a secret: not for keys. */
export function showClaim(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 80 ? `${value.slice(0, 80)}…` : value}'`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
