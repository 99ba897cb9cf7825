import { lstat, realpath, stat, statfs } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { RefusedError } from '@celeriac/protocol';
import type { BackupMade } from '@celeriac/protocol/internal';
import type { Engine } from '../engine/engine.ts';

/** What SQLite and the gateway name their own files by: one that looks like it would be taken for part of a store. */
const PARTS = /-(wal|log|shm|journal|reserve)$|\.partial$/;
/** Left free on the disk, for what is accepted meanwhile. */
const SPARE_BYTES = 64 * 1024 * 1024;

/**
 * Copies of the store that operators ask for. A file is written with the gateway's rights, and whoever asks may be on another
 * machine: so there is one folder that copies go into, and nothing that is there already is ever touched.
 */
export class Backups {
  readonly #engine: Pick<Engine, 'file' | 'backup'>;
  readonly #folder: string | null;
  #busy = false;

  /** @param folder `null`: the one that the store is in */
  constructor(engine: Pick<Engine, 'file' | 'backup'>, folder: string | null) {
    this.#engine = engine;
    this.#folder = folder;
  }

  /**
   * @param name a path from the folder for copies, or an absolute one into it
   * @throws RefusedError with `BACKUP_REFUSED`, or `BACKUP_FAILED` where it was begun and no copy came about
   */
  async take(name: string): Promise<BackupMade> {
    const { file } = this.#engine;
    if (file === null) {
      throw refused(
        'a store in memory is not backed up; a gateway with --store sqlite:FILE keeps tasks in a file',
      );
    }
    if (this.#busy) throw refused('another backup is being made; ask again when it is done');
    this.#busy = true;
    try {
      const path = await this.#placeOf(name, file);
      await refuseFull(path, file);
      return { path, bytes: await this.#copy(path) };
    } finally {
      this.#busy = false;
    }
  }

  async #copy(path: string): Promise<number> {
    try {
      return await this.#engine.backup(path);
    } catch (error) {
      throw new RefusedError('BACKUP_FAILED', error instanceof Error ? error.message : String(error));
    }
  }

  async #placeOf(name: string, store: string): Promise<string> {
    const wanted = resolve(this.#folder ?? dirname(store));
    const folder = await realpath(wanted).catch(() => {
      throw refused(`the folder for backups, ${wanted}, does not exist on the gateway's machine`);
    });
    const path = resolve(folder, name);
    if (name.includes('\0') || /[\\/]$/.test(name))
      throw refused(`expected the name of a file, got: ${name}`);
    if (PARTS.test(path)) {
      throw refused(
        `${basename(path)} would be mistaken for a part of a store: choose another name, such as ${basename(path).replace(PARTS, '')}.backup`,
      );
    }
    // Where it leads to, whatever links are on the way.
    const parent = await realpath(dirname(path)).catch(() => {
      throw refused(`there is no folder ${dirname(path)} on the gateway's machine`);
    });
    const place = join(parent, basename(path));
    if (!isInside(folder, place)) {
      throw refused(
        `backups go into ${folder} on the gateway's machine, and ${path} is not in it; the gateway's option --backup-folder sets another folder`,
      );
    }
    if (await lstat(place).catch(() => undefined))
      throw refused(`${place} already exists and was not overwritten`);
    return place;
  }
}

/** A copy must not be what fills the disk of the store. */
async function refuseFull(path: string, store: string): Promise<void> {
  const [{ bavail, bsize }, { size }] = await Promise.all([statfs(dirname(path)), stat(store)]);
  const [free, needed] = [bavail * bsize, size + SPARE_BYTES];
  if (free >= needed) return;
  const mb = (bytes: number): number => Math.ceil(bytes / 1e6);
  throw refused(`a backup needs ${mb(needed)} MB on the disk of ${dirname(path)}, which has ${mb(free)} MB`);
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function refused(why: string): RefusedError {
  return new RefusedError('BACKUP_REFUSED', why);
}
