/** How long frames to a client are, in the bytes that travel. */
import {
  type EventItem,
  type FeedRow,
  FRAME_ITEMS,
  FRAME_SOFT_LIMIT,
  jsonBytes,
  type Receipt,
  textBytes,
  type WireSnapshot,
} from '@celeriac/protocol/internal';

/** What is around the items of a frame: `42["snapshots",[…]]`, or an answer's `43123456[{"ok":[…]}]`. */
export const FRAME_ENVELOPE = 64;

/** With the comma after it. */
export function itemSize(item: unknown): number {
  return jsonBytes(item) + 1;
}

/** An event's numbers, its state and reason, and what stands between them. */
const EVENT_ENVELOPE = 150;

/** Hardly more than {@link itemSize}, and cheaper: there are some for each task. */
export function eventSize(event: EventItem): number {
  const size = EVENT_ENVELOPE + textBytes(event[0]);
  if (event[3] === null) return size + textBytes(event[4]) + jsonBytes(event[5]);
  const [, , , , , , worker, , body, children] = event;
  const told = size + jsonBytes(worker) + jsonBytes(body);
  return children === undefined ? told : told + jsonBytes(children);
}

/** The size of a receipt in addition to its texts. */
const RECEIPT_ENVELOPE = 48;

/** Hardly more than {@link itemSize}, and cheaper. */
export function receiptSize(receipt: Receipt): number {
  const size = RECEIPT_ENVELOPE + textBytes(receipt[0]);
  if (receipt[1] === 0) return size + textBytes(receipt[2]) + textBytes(receipt[3]);
  return receipt[2] === null ? size : size + textBytes(receipt[2]);
}

/** From where on another frame is begun; a single larger item goes by itself. */
const FRAME_BYTES = FRAME_SOFT_LIMIT + FRAME_ENVELOPE;

/** What goes into one frame, and its bytes. */
export interface SizedRun<Item> {
  readonly items: readonly Item[];
  readonly size: number;
}

/** Cuts a batch into frames, and measures each item once. */
export function cutIntoFrames<Item>(
  items: readonly Item[],
  sizeOf: (item: Item, position: number) => number,
): readonly SizedRun<Item>[] {
  const runs: { readonly items: Item[]; size: number }[] = [];
  let run = runs[0];
  let position = 0;
  for (const item of items) {
    const size = sizeOf(item, position++);
    if (run === undefined || run.items.length === FRAME_ITEMS || run.size + size > FRAME_BYTES) {
      run = { items: [], size: FRAME_ENVELOPE };
      runs.push(run);
    }
    run.items.push(item);
    run.size += size;
  }
  return runs;
}

/** Together, with the frame around them. */
export function frameSize(items: readonly unknown[]): number {
  return items.reduce<number>((total, item) => total + itemSize(item), FRAME_ENVELOPE);
}

/** What a snapshot can do without, the least useful first, when it is too large to travel whole. The result or error it never loses. */
const SLIMMED: readonly ((snapshot: WireSnapshot) => WireSnapshot)[] = [
  (snapshot) => ({ ...snapshot, args: null, leftOut: ['args'] }),
  (snapshot) => ({ ...snapshot, args: null, progress: null, leftOut: ['args', 'progress'] }),
  (snapshot) => ({
    ...snapshot,
    args: null,
    progress: null,
    children: [],
    leftOut: ['args', 'progress', 'children'],
  }),
];

/** @param limit of a frame */
export function fitSnapshot(snapshot: WireSnapshot, limit: number): WireSnapshot {
  if (fits(snapshot, limit)) return snapshot;
  let slimmed = snapshot;
  for (const slim of SLIMMED) {
    slimmed = slim(snapshot);
    if (fits(slimmed, limit)) break;
  }
  return slimmed;
}

/** A worker may run ten thousand tasks of long names: a row that is too large shows the first of each list in it. */
export function fitRow(row: FeedRow, limit: number): FeedRow {
  if (fits(row, limit)) return row;
  const share = Math.floor(limit / (2 * row.length));
  // Each field of a row stays of its kind, but shorter.
  return row.map((field: unknown) =>
    Array.isArray(field) ? firstOf(field, share) : field,
  ) as unknown as FeedRow;
}

function firstOf(items: readonly unknown[], size: number): readonly unknown[] {
  let left = size;
  const end = items.findIndex((item) => {
    left -= itemSize(item);
    return left < 0;
  });
  return end === -1 ? items : items.slice(0, end);
}

function fits(item: unknown, limit: number): boolean {
  return itemSize(item) + FRAME_ENVELOPE <= limit;
}
