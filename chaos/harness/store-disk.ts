/** The disk of the gateway's store: small and of its own where that can be had, so that it can really be full. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

/** Room for the store of a long run. */
const SIZE_MEGABYTES = 512;

export class StoreDisk {
  readonly folder: string;
  /** Whether it is one of its own, which can be filled. */
  readonly small: boolean;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    this.small = process.env[PRIVATE] !== undefined && mount(folder);
  }

  get store(): string {
    return join(this.folder, 'celeriac.db');
  }

  /** Leaves no byte. */
  fill(): void {
    if (!this.small) return;
    const { bavail, bsize } = statfsSync(this.folder);
    spawnSync('fallocate', ['--length', String(bavail * bsize), this.#filler]);
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  get #filler(): string {
    return join(this.folder, 'filler');
  }
}

const PRIVATE = 'CHAOS_PRIVATE_MOUNTS';

/**
 * Runs this very command once more, among mounts that nobody else sees and that go when it ends.
 * @returns its exit code; `undefined` where that cannot be had, or is so already
 */
export function runAmongPrivateMounts(): number | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || process.env[PRIVATE] !== undefined)
    return undefined;
  const alone = ['--mount', '--propagation', 'private'];
  if (spawnSync('unshare', [...alone, 'true']).status !== 0) return undefined;
  const again = [...alone, process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const { status } = spawnSync('unshare', again, {
    stdio: 'inherit',
    env: { ...process.env, [PRIVATE]: 'yes' },
  });
  return status ?? 1;
}

function mount(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MEGABYTES}m`, 'celeriac-chaos', folder], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}
