/** How a task ended, by everybody who saw its end. */

import type { TaskState } from '@celeriac/protocol';
import { isTerminal } from '@celeriac/protocol/internal';
import type { TaskLine } from '../history/entry.ts';
import type { TaskDigest } from './digest.ts';

export interface SeenEnd {
  readonly at: number;
  /** Who says so. */
  readonly by: string;
  readonly state: TaskState;
  readonly attempt: number;
  /** `null`: none, or not kept. */
  readonly body: string | null;
  /** `undefined` where only the state was read. */
  readonly line: TaskLine | undefined;
}

export function endsOf(task: TaskDigest): readonly SeenEnd[] {
  const ends: SeenEnd[] = [];
  for (const { at, by, lines, body } of task.seen) {
    const line = lines.at(-1);
    if (line !== undefined && isTerminal(line[0]))
      ends.push({ at, by, state: line[0], attempt: line[3], body, line });
  }
  for (const { at, by, known, state, attempt, body } of task.reads)
    if (known && isTerminal(state)) ends.push({ at, by, state, attempt, body, line: undefined });
  return ends;
}

export function isKnown({ reads, seen }: TaskDigest): boolean {
  return reads.some(({ known }) => known) || seen.some(({ sequence }) => sequence > 0);
}

/** The reason of its last line, where anybody saw that. */
export function endReason(task: TaskDigest): TaskLine[1] | undefined {
  return endsOf(task).find(({ line }) => line !== undefined)?.line?.[1];
}
