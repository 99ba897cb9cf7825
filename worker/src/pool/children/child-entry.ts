import { existsSync } from 'node:fs';
import type { PoolKind } from '@celeriac/protocol';
import { UsageError } from '@celeriac/protocol';
import { entryFile } from '@celeriac/runtime';

/**
 * What the children of a pool begin with.
 * @param here, name, entry as {@link entryFile} takes them
 * @throws UsageError in a bundle, which has no such file beside it
 */
export function childEntry(pool: PoolKind, here: string, name: string, entry: string): URL {
  const file = entryFile(here, name, entry, existsSync);
  if (file !== undefined) return file;
  throw new UsageError(
    `pool '${pool}' starts from files of @celeriac/worker, which a bundle does not contain: leave the packages out of the bundle (esbuild --packages=external), or use pool 'inline'`,
  );
}
