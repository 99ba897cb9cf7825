/**
 * What changes of a task and SQL does not look at, as one short JSON text: numbers for words, times counted from the
 * first entry, each worker's name once, children and chunks only where there are some. It is rewritten with every step, so its length is most of what a step costs:
 * written out in words it took a third more time in the storage thread.
 */
import type { Reason, TaskState } from '@celeriac/protocol';
import type { WireHistoryEntry } from '@celeriac/protocol/internal';
import { acceptedAt, type StoredTask } from '../../core/record.ts';
import type { Form } from './text.ts';

/** The numbers are in files: they are never given to another word. */
const STATES: Readonly<Record<TaskState, number>> = {
  PENDING: 0,
  STARTED: 1,
  RETRY: 2,
  SUCCESS: 3,
  FAILURE: 4,
  REVOKED: 5,
  IGNORED: 6,
};
const REASONS: Readonly<Record<Reason, number>> = {
  submitted: 0,
  started: 1,
  completed: 2,
  error: 3,
  retry: 4,
  released: 5,
  'worker-lost': 6,
  'timed-out': 7,
  revoked: 8,
  expired: 9,
  rejected: 10,
  requeued: 11,
  ignored: 12,
  poisoned: 13,
};
const STATE_OF = turned(STATES);
const REASON_OF = turned(REASONS);

/** Where the time of the first entry stands in the text. */
export const ACCEPTED_AT = 8;
/** Numbers per history entry: state, reason, time, attempt, worker. */
const ENTRY = 5;
const NOBODY = -1;
const CHILDLESS: readonly string[] = [];

type Cell = readonly [
  state: number,
  retries: number,
  deliveries: number,
  requeues: number,
  /** One more than the milliseconds of a trial; 0: none. */
  trial: number,
  bodyForm: Form,
  omitted: number,
  workers: readonly string[],
  startedAt: number,
  /** The entries; then, if there are any, the children, and after them, if there are any, the number of chunks. */
  ...rest: (number | readonly string[])[],
];

export type CellFields = Pick<
  StoredTask,
  'state' | 'retries' | 'deliveries' | 'requeues' | 'trialMs' | 'children' | 'chunks' | 'history'
> & { readonly bodyForm: Form };

export function toCell(record: Omit<CellFields, 'bodyForm'>, bodyForm: Form): string {
  const { entries, omitted } = record.history;
  const workers: string[] = [];
  const startedAt = acceptedAt(record);
  const cell: [...Cell] = [
    STATES[record.state],
    record.retries,
    record.deliveries,
    record.requeues,
    record.trialMs === null ? 0 : record.trialMs + 1,
    bodyForm,
    omitted,
    workers,
    startedAt,
  ];
  for (const [state, reason, at, attempt, worker] of entries) {
    cell.push(STATES[state], REASONS[reason], at - startedAt, attempt, numberOf(worker, workers));
  }
  if (record.children.length > 0 || record.chunks > 0) cell.push(record.children);
  if (record.chunks > 0) cell.push(record.chunks);
  return JSON.stringify(cell);
}

export function fromCell(text: string): CellFields {
  const cell = JSON.parse(text) as Cell;
  const [state, retries, deliveries, requeues, trial, bodyForm, omitted, workers, startedAt, ...rest] = cell;
  const numbers = rest as readonly number[];
  const end = rest.length - (rest.length % ENTRY);
  const [children = CHILDLESS, chunks = 0] = rest.slice(end) as [(readonly string[])?, number?];
  const entries: WireHistoryEntry[] = [];
  for (let index = 0; index < end; index += ENTRY) {
    const [entryState = 0, reason = 0, at = 0, attempt = 0, worker = 0] = numbers.slice(index, index + ENTRY);
    entries.push([
      wordOf(STATE_OF, entryState),
      wordOf(REASON_OF, reason),
      startedAt + at,
      attempt,
      workers[worker] ?? null,
    ]);
  }
  return {
    state: wordOf(STATE_OF, state),
    retries,
    deliveries,
    requeues,
    trialMs: trial === 0 ? null : trial - 1,
    bodyForm,
    children,
    chunks,
    history: { entries, omitted },
  };
}

/** A task meets few workers: looking through them is quicker than a map. */
function numberOf(worker: string | null, workers: string[]): number {
  if (worker === null) return NOBODY;
  const known = workers.indexOf(worker);
  return known === -1 ? workers.push(worker) - 1 : known;
}

function turned<Word extends string>(numbers: Readonly<Record<Word, number>>): readonly Word[] {
  const words: Word[] = [];
  for (const word in numbers) words[numbers[word]] = word;
  return words;
}

function wordOf<Word extends string>(words: readonly Word[], number: number): Word {
  const word = words[number];
  if (word === undefined)
    throw new Error(`the task store has a word numbered ${number}, which this code does not know`);
  return word;
}
