import { existsSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findApps } from '@celeriac/worker';
import { CommandError, oneLine } from '../output/complaint.ts';
import { EXIT } from '../output/exit-codes.ts';

/**
 * Imports a task file as it is (Node strips its types) and finds the apps that it exports.
 * @throws CommandError when there is no such file, when it cannot be loaded, or when it exports no app
 */
export async function loadApps(file: string): Promise<readonly object[]> {
  const path = resolve(file);
  if (!existsSync(path)) throw new CommandError(`there is no file ${file}`, EXIT.usage);
  const apps = findApps(await load(path, file));
  if (apps.length > 0) return apps;
  throw new CommandError(`${file} exports no app; expected one such as: export const app = new Celeriac()`);
}

async function load(path: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const exports: Readonly<Record<string, unknown>> = await import(pathToFileURL(path).href);
    return exports;
  } catch (error) {
    throw new CommandError(`cannot load ${file}: ${oneLine(describe(error))}`, EXIT.failed, { cause: error });
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = placeOf(error.stack ?? '');
  return `${error.name}: ${error.message}${place === undefined ? '' : ` (at ${place})`}${hintOn(error)}`;
}

/** `npm init` makes packages of the old kind, and Node's own words do not say what to do. */
function hintOn(error: Error): string {
  const isOldKind = error instanceof SyntaxError && /outside a module|token 'export'/.test(error.message);
  return isOldKind ? `; set "type": "module" in its package.json: npm pkg set type=module` : '';
}

/** The first place in a file: of what cannot be parsed the line above all frames, else a frame's. */
function placeOf(stack: string): string | undefined {
  const [, path, pathLine] = /^(\S.*?)(:\d+)\n/.exec(stack) ?? [];
  if (path !== undefined && isAbsolute(path)) return `${relative('', path)}${pathLine}`;
  const [, url, place] = /(file:\/\/[^\s)]+?)(:\d+(?::\d+)?)/.exec(stack) ?? [];
  return url === undefined ? undefined : `${relative('', fileURLToPath(url))}${place}`;
}
