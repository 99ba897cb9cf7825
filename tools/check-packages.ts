// Packs each package that users install, and checks what arrives: its manifest (publint) and its types (attw).
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** With types: whether it has a door that is imported. The command has none. */
const packages: readonly { readonly folder: string; readonly types: boolean }[] = [
  { folder: 'protocol', types: true },
  { folder: 'runtime', types: true },
  { folder: 'token', types: true },
  { folder: 'client', types: true },
  { folder: 'worker', types: true },
  { folder: 'gateway', types: true },
  { folder: 'cli', types: false },
];

function passes(tool: string, ...args: string[]): boolean {
  const { status, stdout, stderr, error } = spawnSync(tool, args, {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
    shell: process.platform === 'win32',
  });
  if (status === 0) return true;
  process.stderr.write(`${tool} ${args.join(' ')}\n${stdout}${stderr}${error?.message ?? ''}\n`);
  return false;
}

const broken = packages.filter(({ folder, types }) => {
  const manifest = passes('publint', 'run', folder, '--pack', 'npm', '--strict');
  const declarations =
    !types ||
    passes(
      'attw',
      '--pack',
      folder,
      '--profile',
      'esm-only',
      // Opens to sources of this workspace alone: users must not find it.
      '--exclude-entrypoints',
      'testing',
      '--no-color',
    );
  process.stdout.write(`${folder}: ${manifest && declarations ? 'ok' : 'broken'}\n`);
  return !(manifest && declarations);
});

process.exitCode = broken.length === 0 ? 0 : 1;
