/** Why a task has not ended, in words. */
import type { Waiting } from '@celeriac/protocol';
import type { TaskRecord } from '../record/task-record.ts';

/** @returns `undefined` when it is not known here */
export function waitText({ name, facts }: TaskRecord): string | undefined {
  const { state, waiting, lacks, queue, worker } = facts;
  if (state === 'STARTED') return worker === null ? undefined : `it runs on ${worker}`;
  if (waiting === null) return undefined;
  if (lacks === 'queue') return `no worker takes tasks from its queue '${queue}'`;
  if (lacks === 'task')
    return `no worker${queue === null ? '' : ` of its queue '${queue}'`} has a task '${name}'`;
  return textOf(waiting, queue);
}

function textOf(waiting: Waiting, queue: string | null): string {
  switch (waiting) {
    case 'due':
      return 'it is not due yet';
    case 'worker':
      return 'no worker can run it';
    case 'turn':
      return 'others are before it';
    case 'rate':
      return 'a rate limit holds it back';
    case 'pause':
      return `its queue '${queue}' is paused`;
  }
}
