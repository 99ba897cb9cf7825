/** Why a wait for a task is over, and what it says where that is without the task. */
import { ClosedError, TimeoutError, UnknownTaskError, type Waiting } from '@celeriac/protocol';
import type { TaskRecord } from '../record/task-record.ts';
import type { TaskBackend } from './result-context.ts';

/**
 * ended: it has a terminal state · broken: it will never have one · unknown: the gateway has no such task ·
 * unreachable: the gateway has been away for too long · timeout: the caller waits no longer.
 */
export type Ending = 'ended' | 'broken' | 'unknown' | 'unreachable' | 'timeout';

/** The error of a waiting that ended without the task; made where the waiting was, for the sake of its stack. */
export function endingError(
  ending: Exclude<Ending, 'ended'>,
  record: TaskRecord,
  backend: TaskBackend,
  timeoutMs = 0,
): Error {
  switch (ending) {
    case 'broken':
      return record.failure ?? new ClosedError('the handle was closed');
    case 'unknown':
      return new UnknownTaskError(record.id);
    case 'unreachable':
      return backend.describeUnreachable(record.id);
    case 'timeout': {
      const { known, synced, waiting, lacks } = record.facts;
      const why = { waiting, lacks, text: waitText(record) };
      return new TimeoutError(record.id, timeoutMs, known || !synced, why);
    }
  }
}

/** Why a task has not ended, in words. @returns `undefined` when it is not known here */
function waitText({ name, facts }: TaskRecord): string | undefined {
  const { state, waiting, lacks, queue, worker } = facts;
  if (state === 'STARTED') return worker === null ? undefined : `it runs on ${worker}`;
  if (waiting === null) return undefined;
  if (lacks === 'queue') return `no worker takes tasks from its queue '${queue}'`;
  if (lacks === 'task')
    return `no worker${queue === null ? '' : ` of its queue '${queue}'`} has a task '${name}'`;
  const texts: Readonly<Record<Waiting, string>> = {
    due: 'it is not due yet',
    worker: 'no worker can run it',
    turn: 'other tasks are ahead of it',
    rate: 'a rate limit holds it back',
    pause: `its queue '${queue}' is paused`,
  };
  return texts[waiting];
}
