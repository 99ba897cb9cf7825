import { ClosedError, UnknownTaskError } from '@celeriac/protocol';
import { seenByLoader } from '../loading.ts';
import { historyLines } from '../record/facts.ts';
import type { TaskRecord } from '../record/task-record.ts';
import type { ResultHome } from './result-home.ts';

/** The durable receipt: the task is on the gateway's disk and will reach an end. */
export interface Acceptance {
  readonly id: string;
  /** The effective queue; `null` while nobody has defined the task. */
  readonly queue: string | null;
  /** Whether the result will be kept. */
  readonly kept: boolean;
  /** When it was submitted, in gateway time. */
  readonly at: Date;
}

/** For a handle made from an id: whether the gateway has the task. */
export async function whenAccepted(record: TaskRecord, home: ResultHome): Promise<Acceptance> {
  if (record.standing === 'unconfirmed')
    await seenByLoader(
      () => `the receipt of task ${record.name ?? ''} (${record.id})`,
      () => confirmation(record),
    );
  else if (record.standing === 'foreign' && !record.facts.known) await home.line.refresh(record);
  if (record.standing === 'broken') throw record.failure ?? new ClosedError('the app was closed');
  if (!record.facts.known) throw new UnknownTaskError(record.id);
  const { queue, kept } = record.facts;
  const [submitted] = historyLines(record.facts);
  return { id: record.id, queue, kept, at: new Date(submitted?.[2] ?? 0) };
}

function confirmation(record: TaskRecord): Promise<void> {
  return new Promise((resolve) => {
    const stop = record.subscribe(() => {
      stop();
      resolve();
    });
  });
}
