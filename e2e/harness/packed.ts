/** The packages as they are published: packed, and installed where nothing else is. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Their folders. */
export const PUBLISHED: readonly string[] = [
  'protocol',
  'runtime',
  'token',
  'client',
  'worker',
  'gateway',
  'cli',
];

export const run = promisify(execFile);

/** @returns the tarballs' paths */
export async function pack(into: string): Promise<readonly string[]> {
  const folders = PUBLISHED.flatMap((name) => ['-w', name]);
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', into, ...folders], { cwd: root });
  return readdirSync(into).map((file) => join(into, file));
}

/** As the README says, into a folder that has nothing; npm is told so, or it takes the next one above that has something. */
export async function install(
  tarballs: readonly string[],
  folder: string,
  ...flags: readonly string[]
): Promise<void> {
  const prefix = ['--prefix', folder];
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline'];
  await run('npm', ['install', ...prefix, ...quiet, ...flags, ...tarballs], { cwd: folder });
  await run('npm', ['pkg', 'set', ...prefix, 'type=module'], { cwd: folder });
}
