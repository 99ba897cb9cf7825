import { rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Promises } from './promises.ts';

/** The last of a task's phases in the store. */
const ENDED = 5;

/** Opens what a power loss left. @returns what is wrong with it; nothing where all that was promised is there */
export function judge(
  image: ReadonlyMap<string, Buffer>,
  folder: string,
  { accepted, ended }: Promises,
): string | undefined {
  for (const [path, bytes] of image) writeFileSync(join(folder, basename(path)), bytes);
  const store = [...image.keys()].find((path) => path.endsWith('.db')) ?? '';
  try {
    return judgeStore(join(folder, basename(store)), accepted, ended);
  } catch (error) {
    return `it does not open: ${String(error)}`;
  } finally {
    for (const path of image.keys()) rmSync(join(folder, basename(path)), { force: true });
  }
}

function judgeStore(
  file: string,
  accepted: ReadonlySet<string>,
  ended: ReadonlySet<string>,
): string | undefined {
  const db = new DatabaseSync(file);
  try {
    // One connection without shared memory, as the gateway has it; and this file needs no care.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF');
    const found = db.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
    if (found !== 'ok') return `it is damaged: ${String(found)}`;
    const rows = db.prepare('SELECT id, phase FROM contents JOIN tasks USING (key)').all();
    const phases = new Map(rows.map(({ id, phase }) => [id, phase]));
    const lost = [...accepted].filter((id) => !phases.has(id));
    if (lost.length > 0) return `${lost.length} accepted tasks are lost, the first is ${lost[0]}`;
    const undone = [...ended].filter((id) => phases.get(id) !== ENDED);
    if (undone.length > 0) return `${undone.length} outcomes are lost, the first of task ${undone[0]}`;
    return undefined;
  } finally {
    db.close();
  }
}
