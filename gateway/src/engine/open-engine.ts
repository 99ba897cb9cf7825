import { OptionError } from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';
import type { Engine } from './engine.ts';
import { MemoryEngine } from './memory/memory-engine.ts';
import { SqliteEngine } from './sqlite/sqlite-engine.ts';
import { readStoreName, storeHint } from './store-name.ts';

/** As much as the store's log grows to before its pages are moved and it begins anew. */
const RESERVE_BYTES = 8 * 1024 * 1024;

/**
 * The engine that a `store` option names: `memory`, or `sqlite:` and a file. It is not opened yet.
 * @throws OptionError for any other text
 */
export function openEngine(store: string, clock: Pick<Clock, 'soon' | 'after'>): Engine {
  const name = readStoreName(store);
  if (name?.kind === 'memory') return new MemoryEngine();
  if (name !== undefined) return new SqliteEngine({ file: name.file, clock, reserveBytes: RESERVE_BYTES });
  throw new OptionError(
    'store',
    `expected store to be 'memory' or 'sqlite:FILE', got: '${store}'${storeHint(store)}`,
  );
}
