/** About how long frames to a client are, in UTF-16 units: enough to cut batches and to bound what waits. */
import {
  type EventItem,
  type FeedRow,
  type ListPage,
  type MonitorEvent,
  payloadSize,
  type Receipt,
  type WireSnapshot,
} from '@celeriac/protocol';

/** An event, and a history entry, without what the user put into it. */
const ENVELOPE_SIZE = 120;
const RECEIPT_SIZE = 60;
/** What tells of a feed without its rows or events; also about what one of those has beside its texts. */
export const FEED_ITEM_SIZE = 200;
/** One answer of a word or a number. */
const VERDICT_SIZE = 20;

export function verdictsSize(value: unknown): number {
  return Array.isArray(value) ? value.length * VERDICT_SIZE : VERDICT_SIZE;
}

export function eventSize(event: EventItem): number {
  const body = event[3] === null ? event[5] : event[8];
  return ENVELOPE_SIZE + (body === null ? 0 : payloadSize(body));
}

export function snapshotSize({ body, history }: WireSnapshot): number {
  return 3 * ENVELOPE_SIZE + (body === null ? 0 : payloadSize(body)) + history.length * ENVELOPE_SIZE;
}

export function answerSize(snapshots: readonly (WireSnapshot | null)[]): number {
  return sum(snapshots, (snapshot) => (snapshot === null ? VERDICT_SIZE : snapshotSize(snapshot)));
}

export function receiptsSize(receipts: readonly Receipt[]): number {
  return sum(
    receipts,
    (receipt) => RECEIPT_SIZE + receipt[0].length + (receipt[1] === 0 ? receipt[3].length : 0),
  );
}

export function feedRowSize(row: FeedRow): number {
  return (
    sum<FeedRow[number]>(row, (field) => (typeof field === 'object' ? JSON.stringify(field).length : 0)) +
    FEED_ITEM_SIZE +
    textsSize(row)
  );
}

export function feedEventSize({ args, result, exception, traceback }: MonitorEvent): number {
  return FEED_ITEM_SIZE + textsSize([args, result, exception, traceback]);
}

export function pagesSize(pages: readonly ListPage[]): number {
  return sum(pages, ({ rows }) => sum(rows, feedRowSize));
}

function textsSize(fields: readonly unknown[]): number {
  return sum(fields, (field) => (typeof field === 'string' ? field.length : 0));
}

export function sum<Item>(items: readonly Item[], size: (item: Item) => number): number {
  return items.reduce((total, item) => total + size(item), 0);
}
