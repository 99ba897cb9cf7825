import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { makeFolder } from './house.ts';

/** A folder on a disk of its own that can be filled to the last byte. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes all the room that is left now. */
  fill(): void;
  /** Gives back all that was taken. */
  free(): void;
}

/** @returns nothing where the machine does not allow to mount one */
export function mountSmallDisk(megabytes: number): SmallDisk | undefined {
  const folder = makeFolder();
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]).status !== 0)
    return undefined;
  // Lazily: a gateway that is being killed may still have files open.
  onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  const fillers: string[] = [];
  return {
    folder,
    fill: () => {
      const filler = join(folder, `filler-${fillers.length}`);
      fillers.push(filler);
      fillUp(filler);
    },
    free: () => {
      for (const filler of fillers.splice(0)) rmSync(filler);
    },
  };
}

/** In pieces that become smaller, until not one byte more is taken. */
function fillUp(path: string): void {
  const handle = openSync(path, 'a');
  for (let size = 1024 * 1024; size >= 1; size = Math.floor(size / 4)) {
    try {
      while (writeSync(handle, new Uint8Array(size)) === size);
    } catch {
      // Full for pieces of this size.
    }
  }
  closeSync(handle);
}
