import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Plant } from './plants.ts';

const ROOT = new URL('../../', import.meta.url);

/**
 * From now on whoever loads that file gets it with the bug; what is on the disk is never touched. To be called before
 * anything of the gateway is imported.
 */
export function plant({ file, line, instead }: Plant): void {
  const url = pathToFileURL(fileURLToPath(new URL(file, ROOT))).href;
  registerHooks({
    load(asked, context, nextLoad) {
      const loaded = nextLoad(asked, context);
      if (asked !== url) return loaded;
      return { ...loaded, source: withBug(String(loaded.source), file, line, instead) };
    },
  });
}

function withBug(source: string, file: string, line: string, instead: string): string {
  const [before, after, ...more] = source.split(line);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`expected ${file} to have this line once: ${line}`);
  return before + instead + after;
}
