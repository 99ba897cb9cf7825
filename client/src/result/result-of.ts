/** Handles on tasks made elsewhere; watched from their first use. */
import { AsyncResult } from './async-result.ts';
import type { ResultHome } from './result-home.ts';
import { readTuple } from './result-tuple.ts';

export function resultOfId<T = unknown, Chunk = unknown>(
  id: string,
  home: ResultHome,
  parent: AsyncResult | null = null,
): AsyncResult<T, Chunk> {
  return new AsyncResult<T, Chunk>(home.recordOf(id), home, { parent });
}

/** @throws OptionError for what {@link AsyncResult.asTuple} does not give */
export function resultOfTuple(tuple: unknown, home: ResultHome): AsyncResult {
  const { id, parent } = readTuple(tuple);
  return resultOfId(id, home, parent === null ? null : resultOfTuple(parent, home));
}
