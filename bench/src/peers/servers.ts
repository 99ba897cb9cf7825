/** Servers of the peers: on loopback, on a free port, in a folder of their own, and ended with the measurement. */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Running, start } from '../processes.ts';

const READY_MS = 30_000;

/** Where a command is: in the search path, or where distributions of PostgreSQL hide theirs. */
export function findCommand(name: string): string | undefined {
  const hidden = '/usr/lib/postgresql';
  const versions = existsSync(hidden) ? readdirSync(hidden).sort().reverse() : [];
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions.map((version) => join(hidden, version, 'bin')),
  ];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

export function versionOf(command: string | undefined, ...args: readonly string[]): string {
  if (command === undefined) return 'absent';
  const said = execFileSync(command, args.length > 0 ? args : ['--version'], { encoding: 'utf8' });
  return /\d+(\.\d+)+/.exec(said)?.[0] ?? said.trim();
}

/** The Python that has Celery and its transport. */
export function findCelery(): string | undefined {
  return [findCommand('python3'), '/usr/bin/python3'].find((python) => {
    if (python === undefined || !existsSync(python)) return false;
    try {
      execFileSync(python, ['-c', 'import celery, redis'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}

async function untilOpen(port: number, server: Running): Promise<void> {
  const late = performance.now() + READY_MS;
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    if (server.process.exitCode !== null || performance.now() > late)
      throw new Error(`no server came up on port ${port}`);
    await pause(20);
  }
}

export async function startRedis(
  folder: string,
  fsync: boolean,
): Promise<{ readonly server: Running; readonly port: number }> {
  const port = await freePort();
  const log = fsync ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...log];
  const server = start(findCommand('redis-server') ?? 'redis-server', args, { cwd: folder });
  await untilOpen(port, server);
  return { server, port };
}

/** The user and the group that PostgreSQL may run as: not the administrator. */
function postgresUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export async function startPostgres(
  folder: string,
): Promise<{ readonly server: Running; readonly url: string }> {
  const user = postgresUser();
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const [initdb = 'initdb', postgres = 'postgres'] = ['initdb', 'postgres'].map(findCommand);
  const data = join(folder, 'data');
  const init = start(initdb, ['-D', data, '-U', 'bench', '-A', 'trust', '-E', 'UTF8', '--no-locale'], {
    cwd: folder,
    silent: true,
    ...user,
  });
  if ((await init.ended) !== 0) throw new Error('initdb failed');
  const port = await freePort();
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`];
  const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
  const server = start(postgres, args, { cwd: folder, silent: true, ...user });
  await untilOpen(port, server);
  const url = `postgresql://bench@127.0.0.1:${port}/postgres`;
  return { server, url };
}
