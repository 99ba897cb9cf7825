import { ClosedError, TimeoutError, UnknownTaskError } from '@celeriac/protocol';
import type { Reading } from '../record/outcome.ts';
import { type Hold, TaskRecord } from '../record/task-record.ts';
import type { Ending } from './ending.ts';
import type { Line } from './line.ts';
import { waitText } from './wait-text.ts';

/** What all handles of one app share. */
export class ResultHome {
  readonly line: Line;
  /** What bodies are read with. */
  readonly reading: Reading;
  /** What keeps the process alive while somebody waits. */
  readonly hold: Hold;
  readonly #letGo: FinalizationRegistry<TaskRecord>;

  constructor(line: Line, reading: Reading, hold: Hold) {
    this.line = line;
    this.reading = reading;
    this.hold = hold;
    const letGo = (record: TaskRecord): void => {
      if (record.standing === 'unconfirmed') {
        // The gateway follows it from the receipt on, and cannot be told before.
        const stop = record.subscribe(() => {
          stop();
          letGo(record);
        });
      } else if (!record.wanted) line.unwatch(record);
    };
    this.#letGo = new FinalizationRegistry(letGo);
  }

  /** What is known of a task made elsewhere: nothing yet. */
  recordOf(id: string): TaskRecord {
    return new TaskRecord(id, null, 'foreign', this.hold);
  }

  /** Lets the task go when nobody references the handle any more, unless somebody still listens or waits. */
  letGoWith(handle: object, record: TaskRecord): void {
    this.#letGo.register(handle, record);
  }
}

/** The error of a waiting that ended without the task; made where the waiting was, for the sake of its stack. */
export function endingError(
  ending: Exclude<Ending, 'ended'>,
  record: TaskRecord,
  line: Line,
  timeoutMs = 0,
): Error {
  switch (ending) {
    case 'broken':
      return record.failure ?? new ClosedError('the handle was closed');
    case 'unknown':
      return new UnknownTaskError(record.id);
    case 'unreachable':
      return line.describeUnreachable(record.id);
    case 'timeout':
      return timedOut(record, timeoutMs);
    case 'aborted':
      return new ClosedError(`waiting for task ${record.id} was aborted`);
  }
}

function timedOut(record: TaskRecord, timeoutMs: number): TimeoutError {
  const { known, synced, waiting, lacks } = record.facts;
  return new TimeoutError(record.id, timeoutMs, known || !synced, { waiting, lacks, text: waitText(record) });
}
