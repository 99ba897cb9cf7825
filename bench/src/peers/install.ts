/** Gets what the peers need: their packages into bench/peers, their servers by the system's package manager if that is asked for. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findCelery, findCommand } from './servers.ts';
import { PEERS } from './subjects.ts';

function call(command: string, args: readonly string[], cwd: string): void {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.stderr.write(`'${command} ${args.join(' ')}' did not succeed\n`);
}

/** Redis, PostgreSQL and Celery, on Debian and its like. */
export function install(): void {
  if (findCommand('apt-get') === undefined) {
    process.stderr.write(
      '--install knows apt-get only; install redis-server, postgresql and celery yourself\n',
    );
    return;
  }
  const missing = [
    ...(findCommand('redis-server') === undefined ? ['redis-server'] : []),
    ...(findCommand('initdb') === undefined ? ['postgresql'] : []),
    ...(findCelery() === undefined ? ['python3-celery', 'python3-redis'] : []),
  ];
  if (missing.length > 0) call('apt-get', ['install', '-y', '--no-install-recommends', ...missing], PEERS);
}

/** Once; not when only our own subjects are asked for. */
export function installPackages(subjects: string | undefined): void {
  const ours = (name: string): boolean => /^(celeriac|skeleton|celery)/.test(name);
  if (subjects?.split(',').every(ours) === true || existsSync(join(PEERS, 'node_modules'))) return;
  call('npm', ['ci', '--ignore-scripts', '--no-progress'], PEERS);
}
