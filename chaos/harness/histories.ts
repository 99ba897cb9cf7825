/** What the processes of a run have written down, each in a file of its own. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '../history/entry.ts';
import { readHistories } from '../history/lines.ts';

/** All of it, in order of time. @throws Error for a folder that is not there */
export function readAll(folder: string): readonly Entry[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return readHistories(new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')])));
}
