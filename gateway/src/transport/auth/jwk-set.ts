/** The keys of a JWK Set, of which nothing is known but that they are objects. */
export function readJwks(
  text: string,
  path: string,
  complain: (path: string, what: string) => Error,
): readonly Readonly<Record<string, unknown>>[] {
  const set: unknown = parse(text);
  const keys: unknown = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined;
  if (!Array.isArray(keys) || !keys.every(isRecord)) {
    throw complain(path, 'a JWK Set: { "keys": [ … ] }');
  }
  return keys;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
