// Packs each package that users install, and checks what arrives: its files and words, its manifest (publint) and its types (attw).
// That it installs and runs is e2e/packages.test.ts.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PUBLISHED, ROOT } from './doors.ts';
import { faultsOfFiles, faultsOfWords } from './packed-files.ts';

/** With types: whether it has a door that is imported. The command has none. */
const packages = PUBLISHED.map((folder) => ({ folder, types: folder !== 'cli' }));

function passes(tool: string, ...args: string[]): boolean {
  const { status, stdout, stderr, error } = spawnSync(tool, args, {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 120_000,
    shell: process.platform === 'win32',
  });
  if (status === 0) return true;
  process.stderr.write(`${tool} ${args.join(' ')}\n${stdout}${stderr}${error?.message ?? ''}\n`);
  return false;
}

interface Pack {
  readonly name: string;
  readonly files: readonly { readonly path: string }[];
}

/** What npm would pack, by the package's name. */
function listFiles(): ReadonlyMap<string, readonly string[]> {
  const folders = packages.flatMap(({ folder }) => ['-w', folder]);
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', ...folders], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 120_000,
    shell: process.platform === 'win32',
  });
  // By npm's version a list, or by name.
  const packs: Record<string, Pack> = JSON.parse(stdout);
  return new Map(Object.values(packs).map(({ name, files }) => [name, files.map(({ path }) => path)]));
}

const files = listFiles();

/** @returns whether its files and its words are in order */
function isWhole(folder: string): boolean {
  const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
  const manifest: { readonly name: string } = JSON.parse(text(`${folder}/package.json`));
  const packed = files.get(manifest.name) ?? [];
  const faults = [...faultsOfFiles(packed)];
  if (packed.includes('README.md') && packed.includes('LICENSE')) {
    faults.push(
      ...faultsOfWords({
        manifest,
        readme: text(`${folder}/README.md`),
        licenses: [text(`${folder}/LICENSE`), text('LICENSE')],
      }),
    );
  }
  for (const fault of faults) process.stderr.write(`${folder}: ${fault}\n`);
  return faults.length === 0;
}

const broken = packages.filter(({ folder, types }) => {
  const whole = isWhole(folder);
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
  process.stdout.write(`${folder}: ${whole && manifest && declarations ? 'ok' : 'broken'}\n`);
  return !(whole && manifest && declarations);
});

process.exitCode = broken.length === 0 ? 0 : 1;
