/** About how long frames to a client are, in UTF-16 units: enough to cut batches. */
import {
  type EventItem,
  type FeedRow,
  type MonitorEvent,
  payloadSize,
  type WireSnapshot,
} from '@celeriac/protocol';

/** An event, and a history entry, without what the user put into it. */
const ENVELOPE_SIZE = 120;
/** About what a row or an event of a feed has beside its texts. */
const FEED_ITEM_SIZE = 200;

export function eventSize(event: EventItem): number {
  const body = event[3] === null ? event[5] : event[8];
  return ENVELOPE_SIZE + (body === null ? 0 : payloadSize(body));
}

export function snapshotSize({ body, history }: WireSnapshot): number {
  return 3 * ENVELOPE_SIZE + (body === null ? 0 : payloadSize(body)) + history.length * ENVELOPE_SIZE;
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

function textsSize(fields: readonly unknown[]): number {
  return sum(fields, (field) => (typeof field === 'string' ? field.length : 0));
}

function sum<Item>(items: readonly Item[], size: (item: Item) => number): number {
  return items.reduce((total, item) => total + size(item), 0);
}
