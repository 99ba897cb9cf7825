import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Clock, systemClock } from '@celeriac/runtime';
import { findApps, loadTasks, TaskFileError } from '@celeriac/worker/internal';
import type { Logger } from 'pino';
import { CommandError, EXIT, oneLine } from '../output/exit.ts';

/** What a worker is made of, and what its threads and processes load as well. */
export interface TaskSources {
  readonly apps: readonly object[];
  /** File URLs, in the order in which they are loaded. */
  readonly files: readonly string[];
}

/**
 * Imports a task file as it is (Node strips its types) and finds the apps that it exports.
 * @param imports modules to load before it, as Node's `--import`: such as `tsx`
 * @throws CommandError when there is no such file, when it cannot be loaded, or when it exports no app
 */
export async function loadApps(
  file: string,
  imports: readonly string[],
  log: Logger,
  clock: Clock = systemClock,
): Promise<TaskSources> {
  const path = resolve(file);
  if (!existsSync(path)) throw new CommandError(`there is no file ${file}`, EXIT.usage);
  const before = imports.map((module) => [module, resolveImport(module)] as const);
  const url = pathToFileURL(path).href;
  for (const [module, found] of before) await load(found, module, { clock, log });
  const apps = findApps(await load(url, file, { clock, log }));
  if (apps.length === 0)
    throw new CommandError(`${file} exports no app; expected one such as: export const app = new Celeriac()`);
  return { apps, files: [...before.map(([, found]) => found), url] };
}

/** As Node resolves its own `--import`: as an import that stands in the folder where we were started, where the project is. */
function resolveImport(module: string): string {
  const parentURL = pathToFileURL(join(resolve(), 'celeriac')).href;
  const hooks = registerHooks({
    resolve: (specifier, context, next) => next(specifier, { ...context, parentURL }),
  });
  try {
    const url = import.meta.resolve(module);
    if (!url.startsWith('file:') || existsSync(fileURLToPath(url))) return url;
  } catch (error) {
    if (!isMissing(error)) throw importError(module, oneLine(String(error)));
  } finally {
    hooks.deregister();
  }
  const file = existsSync(resolve(module)) && !isAbsolute(module) && !module.startsWith('.');
  throw importError(
    module,
    file
      ? `there is no such package; for a file write --import ./${module}`
      : 'there is no such module; is it installed here?',
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}

function importError(module: string, why: string): CommandError {
  return new CommandError(`--import ${module}: ${why}`, EXIT.usage);
}

async function load(
  url: string,
  name: string,
  around: Parameters<typeof loadTasks>[1],
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await loadTasks(url, around);
  } catch (error) {
    if (!(error instanceof TaskFileError)) throw error;
    throw new CommandError(`cannot load ${name}: ${oneLine(error.message)}`, EXIT.failed, { cause: error });
  }
}
