/** Frames as text. A batch is cut where one frame would grow too long. */
import {
  type ChunksItem,
  type Definition,
  encodeFailure,
  encodeFrames,
  encodeTooLarge,
  FRAME_ITEMS,
  FRAME_LIMIT,
  FRAME_SOFT_LIMIT,
  type HeldAttempt,
  jsonBytes,
  MORE_CHILDREN,
  type Outcome,
  type ProgressItem,
  payloadSize,
  type SettledItem,
  type WirePayload,
  type WorkerFrame,
  type WorkerHello,
} from '@celeriac/protocol/internal';
import { cutBatch } from '@celeriac/runtime';

/** What a frame may be. */
export interface FrameBounds {
  readonly bytes: number;
  /** Items in one frame. */
  readonly items: number;
}

/** What a gateway takes that announces nothing. */
export const USUAL_FRAME_BOUNDS: FrameBounds = { bytes: FRAME_LIMIT, items: FRAME_ITEMS };

/** What leaves in one turn. */
export interface TurnReports {
  readonly started: readonly string[];
  readonly progress: readonly ProgressItem[];
  readonly chunks: readonly ChunksItem[];
  readonly settled: readonly SettledItem[];
  readonly released: readonly string[];
  readonly capacity: number | undefined;
}

/** In the order in which the gateway must see them: an attempt starts before it gives chunks, and ends after them. */
export function encodeTurn(turn: TurnReports, framing: FrameBounds = USUAL_FRAME_BOUNDS): readonly string[] {
  const frames: string[] = [];
  const { started, chunks, progress, settled, released, capacity } = turn;
  if (started.length > 0) frames.push(...cut('started', started, sizeOfNonce, framing));
  if (chunks.length > 0) {
    const some = chunks.flatMap((item) => cutChunks(item, framing));
    frames.push(...cut('chunks', some, sizeOfChunks, framing));
  }
  if (progress.length > 0) frames.push(...cut('progress', progress, sizeOfProgress, framing));
  if (settled.length > 0) {
    const fitting = settled.map((item) => fitReport(item, framing.bytes));
    frames.push(...cut('settled', fitting, sizeOfReport, framing));
  }
  if (released.length > 0) frames.push(...cut('release', released, sizeOfNonce, framing));
  if (capacity !== undefined) frames.push(encode(['capacity', capacity]));
  return frames;
}

/**
 * A hello of any length. What may be long goes before it; attempts with progress stay in it, they are few.
 * @param bytes what the gateway takes
 */
export function encodeHello(hello: WorkerHello, bytes: number): readonly string[] {
  const framing: FrameBounds = { bytes, items: FRAME_ITEMS };
  const plain = hello.held.filter(([, , , , progress]) => progress === null);
  const held = hello.held.filter(([, , , , progress]) => progress !== null);
  return [
    ...cut<Definition>('definitions', hello.definitions, jsonBytes, framing),
    ...cut<HeldAttempt>('held', plain, jsonBytes, framing),
    encode(['hello', { ...hello, definitions: [], held }]),
  ];
}

/** The most that a unit of a text is in a frame. */
const UNIT_BYTES = 6;
/** What is around a single item. */
const ENVELOPE_BYTES = 64;

/** A report that no frame can carry goes without the names of some or all of its children, or says that its task has failed of that. */
export function fitReport(report: SettledItem, bytes: number): SettledItem {
  const limit = bytes - ENVELOPE_BYTES;
  if (sizeOfReport(report) * UNIT_BYTES <= limit || jsonBytes(report) <= limit) return report;
  const [, , , outcome] = report;
  const fewer = anew(report, outcome, limit);
  return jsonBytes(fewer) <= limit ? fewer : failReport(report, limit);
}

/** @param limit that it is above, in bytes, where that is known */
export function failReport(report: SettledItem, limit?: number): SettledItem {
  const [, id, , outcome] = report;
  const bound = limit === undefined ? 'more than can be sent' : `the limit is ${limit}`;
  const error = encodeTooLarge(`the outcome of task ${id} has ${jsonBytes(outcome)} bytes, ${bound}`);
  return anew(report, ['failure', error], limit);
}

/** @param why in the gateway's words */
export function failUnreadable(report: SettledItem, why: string): SettledItem {
  const [, id] = report;
  const message = `the gateway could not read the outcome of task ${id}: ${why}`;
  return anew(report, ['failure', encodeFailure({ name: 'FrameError', message, code: 'BAD_FRAME' })]);
}

/** @param limit in bytes: as many names of children as fit; without it none. That there are more is said. */
function anew(
  [nonce, id, attempt, , children = [], chunks]: SettledItem,
  outcome: Outcome,
  limit = 0,
): SettledItem {
  if (children.length === 0 && chunks === undefined) return [nonce, id, attempt, outcome];
  const some = (names: readonly string[]): SettledItem =>
    chunks === undefined
      ? [nonce, id, attempt, outcome, names]
      : [nonce, id, attempt, outcome, names, chunks];
  const names: string[] = [];
  let left = limit - jsonBytes(some([MORE_CHILDREN]));
  for (const child of children) {
    left -= jsonBytes(child) + 1;
    if (left < 0) break;
    names.push(child);
  }
  return some(names.length < children.length ? [...names, MORE_CHILDREN] : names);
}

export function encode(frame: WorkerFrame): string {
  return JSON.stringify(frame);
}

/**
 * What no frame can carry is left out. Nothing is but the progress of a gateway that takes less than a payload: results and
 * chunks are bounded where bodies give them.
 */
function cut<Item>(
  type: WorkerFrame[0],
  items: readonly Item[],
  sizeOf: (item: Item) => number,
  framing: FrameBounds,
): readonly string[] {
  return encodeFrames(type, cutRuns(items, sizeOf, framing), framing.bytes).frames;
}

function cutRuns<Item>(
  items: readonly Item[],
  sizeOf: (item: Item) => number,
  { bytes, items: most }: FrameBounds,
): readonly (readonly Item[])[] {
  return cutBatch(items, sizeOf, most, Math.min(bytes, FRAME_SOFT_LIMIT));
}

/** What one attempt has given in a turn may fill several frames. */
function cutChunks([nonce, first, payloads]: ChunksItem, framing: FrameBounds): readonly ChunksItem[] {
  if (payloads.length === 0) return [[nonce, first, payloads]];
  let next = first;
  const run = { bytes: Math.floor(framing.bytes / UNIT_BYTES), items: framing.items };
  return cutRuns(payloads, sizeOfChunk, run).map((some): ChunksItem => {
    const item: ChunksItem = [nonce, next, some];
    next += some.length;
    return item;
  });
}

function sizeOfNonce(nonce: string): number {
  return nonce.length + 3;
}

function sizeOfChunks([nonce, , payloads]: ChunksItem): number {
  return payloads.reduce((size, payload) => size + sizeOfChunk(payload), nonce.length + 20);
}

function sizeOfChunk(payload: WirePayload): number {
  return payloadSize(payload) + 3;
}

/** Length of a report in a frame, nearly, in UTF-16 units. */
export function sizeOfReport(report: SettledItem): number {
  let size = report[0].length + report[1].length + sizeOfOutcome(report[3]);
  if (report[4] !== undefined) for (const child of report[4]) size += child.length + 3;
  return size;
}

export function sizeOfProgress([nonce, state, meta]: ProgressItem): number {
  return nonce.length + state.length + payloadSize(meta) + 10;
}

/** What an outcome has besides its parts. */
const OUTCOME_UNITS = 40;

function sizeOfOutcome(outcome: Outcome): number {
  if (outcome[0] === 'success') return OUTCOME_UNITS + 'success'.length + payloadSize(outcome[1]);
  let size = OUTCOME_UNITS;
  for (const part of outcome) {
    if (typeof part === 'string') size += part.length;
    else if (Array.isArray(part)) for (const text of part) size += String(text).length;
  }
  return size;
}
