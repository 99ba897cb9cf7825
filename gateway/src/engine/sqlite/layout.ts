/**
 * A task as it crosses to the storage thread and stands in its tables: flat arrays of numbers and texts, which
 * cross at a quarter of the cost of keyed objects. Records are made of them on the main thread only (codec.ts).
 */
import type { Form } from './text.ts';

export type LaneRow = readonly [queue: string, name: string, kind: number];

/** What is written once. */
type ContentRow = readonly [
  id: string,
  name: string,
  call: string | null,
  options: string | null,
  args: string,
  argsForm: Form,
  origin: string | null,
  subject: string | null,
];

/** What may change. */
type StateRow = readonly [
  version: number,
  phase: number,
  rank: number,
  dueAt: number | null,
  expiresAt: number | null,
  endedAt: number | null,
  attempt: number,
  nonce: string | null,
  holder: string | null,
  cell: string,
  body: string | null,
];

/** The gate that a task has to pass, and how many may be through it. */
export type GateRow = readonly [text: string, name: string, limit: number];

/** A task that is added. Its lane is its queue, its name, and its kind. */
export type NewRow = readonly [
  ...content: ContentRow,
  queue: string,
  kind: number,
  gate: GateRow | null,
  ...state: StateRow,
];

/**
 * A change of one row. `fences` are the version and the phase on which the changes that it is made of were decided,
 * in order, two numbers for each, all under the lease of this nonce: the update applies from the first that the
 * stored row matches, and those before it are missed.
 */
export type UpdateRow = readonly [
  key: number,
  nonce: string | null,
  version: number,
  phase: number,
  endedAt: number | null,
  cell: string,
  body: string | null,
  /** `null` in most cases: a start or an outcome changes nothing of it. */
  move: MoveRow | null,
  content: ContentChange | null,
  gate: GateRow | null,
  /** Added where the update applies. */
  spawn: readonly NewRow[] | null,
  ...fences: number[],
];

/** Where a task waits, and who holds it. Made of every task that comes to wait: what the store has of its lane is gone by then. */
export type MoveRow = readonly [
  /** Whether it comes as a new one, see place.ts. */
  anew: boolean,
  ...lane: LaneRow,
  rank: number,
  dueAt: number | null,
  expiresAt: number | null,
  attempt: number,
  nonce: string | null,
  holder: string | null,
];

/** Made when the options or the arguments changed. */
export type ContentChange = readonly [
  options: string | null,
  args: string,
  argsForm: Form,
  origin: string | null,
  /** Of the content before; `null` when the arguments stay. The first one that a task gets is kept. */
  hash: string | null,
  /** Whether a tombstone is left. */
  bare: boolean,
];

/** `most`: how many each lane may give, those of one name together; `null` where each may give all. */
export type AskRow = readonly [
  holder: string,
  lanes: readonly LaneRow[],
  most: readonly number[] | null,
  limit: number,
  seed: string,
];

/** A task as the thread reads it. */
export type StoredRow = readonly [key: number, ...content: ContentRow, ...state: StateRow, place: number];

/** A leased task that the main thread has at hand, but for its lease. */
export type FreshRow = readonly [key: number, nonce: string];

export const UNROUTED = 0;
export const SCHEDULED = 1;
/** What says whose a task is. */
export type OutlineRow = readonly [
  id: string,
  subject: string | null,
  /** These two as JSON. */
  rootId: string | null,
  parentId: string | null,
  options: string | null,
  phase: number,
  attempt: number,
  nonce: string | null,
  holder: string | null,
];

/** The task that has the id of one that was to be added. */
export type ExistingRow = readonly [
  /** Whether name, call and arguments are those; where arguments were replaced or dropped, `contentHash` stands for them. */
  same: 0 | 1,
  contentHash: string | null,
  acceptedAt: number,
  ...outline: OutlineRow,
];

export const READY = 2;
const LEASED = 3;
export const BLOCKED = 6;

/** In a queue, where it has a place. */
export function isPlacedPhase(phase: number): boolean {
  return phase === READY || phase === BLOCKED;
}

/** Unrouted, scheduled, ready or blocked. */
export function isWaitingPhase(phase: number): boolean {
  return phase < LEASED || phase === BLOCKED;
}

/** The longest arguments, in characters, of a task that is kept at hand until it is leased. */
const FRESH_ARGS = 1_024;

/** Whether the main thread keeps the record of this row until it is leased, where it has room. */
export function mayStayFresh(row: NewRow): boolean {
  return row[12] === READY && row[10] === null && row[4].length <= FRESH_ARGS;
}
