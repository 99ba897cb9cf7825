/** What a checkout does not have: npm brings it once, as the lockfiles in `e2e/environments` say. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { note } from './notes.ts';

const run = promisify(execFile);
const e2e = fileURLToPath(new URL('..', import.meta.url));
/** Whatever the registry does, no test waits for longer. What has come by then stays in npm's cache for the next run. */
const BRING_LIMIT_MS = 90_000;
const LOOK_LIMIT_MS = 30_000;
const FLAGS = ['--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=1', '--fetch-timeout=30000'];

/**
 * @param name a folder of `e2e/environments`
 * @returns the paths of those programs that run here; the others are told of at the end of `npm test`
 */
export async function brought(
  name: string,
  programs: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const usable = new Map<string, string>();
  const notTried = (what: string, error: unknown): void => note(`${what}: not tried, ${reasonOf(error)}`);
  try {
    const folder = await bring(join(e2e, 'environments', name), programs);
    for (const program of programs) {
      const path = pathOf(program, folder);
      const look = existsSync(path)
        ? run(path, ['--version'], { timeout: LOOK_LIMIT_MS, killSignal: 'SIGKILL' })
        : Promise.reject(new Error('npm could not bring it here'));
      await look.then(
        () => usable.set(program, path),
        (error: unknown) => notTried(program, error),
      );
    }
  } catch (error) {
    notTried(programs.join(', '), error);
  }
  return usable;
}

function pathOf(program: string, folder: string): string {
  return join(folder, 'node_modules/.bin', program);
}

/** @returns a folder that has what npm could bring, of an earlier run perhaps */
async function bring(from: string, programs: readonly string[]): Promise<string> {
  const files = ['package.json', 'package-lock.json'];
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(from, file)));
  // Not among the tests: some of what comes brings tests of its own.
  const cache = join(e2e, '../.cache/environments');
  const folder = join(cache, hash.digest('hex').slice(0, 16));
  // npm is content where what is optional did not come.
  if (programs.every((program) => existsSync(pathOf(program, folder)))) return folder;
  mkdirSync(cache, { recursive: true });
  const making = mkdtempSync(join(cache, 'making-'));
  try {
    for (const file of files) cpSync(join(from, file), join(making, file));
    // It ends late, or never, of a signal that it hears.
    await run('npm', ['ci', ...FLAGS], { cwd: making, timeout: BRING_LIMIT_MS, killSignal: 'SIGKILL' });
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return folder;
}

/** In a line: npm's own words, where it has any. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('killed' in error && error.killed === true) return 'npm did not bring it in time';
  const told = 'stderr' in error ? String(error.stderr).matchAll(/^npm error (\S.*)$/gm) : [];
  const words = [...told].slice(0, 2).map(([, text]) => text);
  return words.length > 0
    ? `npm could not bring it here (${words.join('; ')})`
    : error.message.split('\n')[0] || error.name;
}
