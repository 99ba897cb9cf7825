/** Where each published package is entered. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const PUBLISHED = ['protocol', 'runtime', 'token', 'client', 'worker', 'gateway', 'cli'] as const;

export interface Door {
  readonly folder: (typeof PUBLISHED)[number];
  /** As it is imported, such as `@celeriac/client/react`. */
  readonly name: string;
  /** Its last part: `client`, `react`. */
  readonly short: string;
  /** The declarations that users get, from the root. */
  readonly declarations: string;
  /** For users; the others are for our own packages. */
  readonly isPublic: boolean;
}

/** Entry points that are for our own packages. */
const OUR_OWN = ['internal', 'calling', 'hosting'];

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly types?: string }>>;
}

/** Those that are published; what only sources of this workspace open is none. */
export function readDoors(): readonly Door[] {
  return PUBLISHED.flatMap((folder) => {
    const manifest: Manifest = JSON.parse(readFileSync(`${ROOT}${folder}/package.json`, 'utf8'));
    return Object.entries(manifest.exports).flatMap(([path, target]) => {
      if (typeof target === 'string' || target.types === undefined) return [];
      const short = path === '.' ? folder : path.slice(2);
      return {
        folder,
        name: manifest.name + path.slice(1),
        short,
        declarations: `${folder}/${target.types.slice(2)}`,
        isPublic: folder !== 'runtime' && !OUR_OWN.includes(short),
      };
    });
  });
}
