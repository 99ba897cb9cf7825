/** Frames as text. A batch is cut where one frame would grow too long. */
import {
  type ChunksItem,
  FRAME_ITEMS,
  FRAME_SOFT_LIMIT,
  type ProgressItem,
  payloadSize,
  type SettledItem,
  type WirePayload,
  type WorkerBeat,
  type WorkerFrame,
  type WorkerHello,
} from '@celeriac/protocol';
import { cutBatch } from '@celeriac/runtime';
import { sizeOfReport } from '../outbox.ts';

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
export function encodeTurn(turn: TurnReports): readonly string[] {
  const frames: string[] = [];
  if (turn.started.length > 0) frames.push(encode(['started', turn.started]));
  for (const items of cut(turn.chunks.flatMap(cutChunks), sizeOfChunks))
    frames.push(encode(['chunks', items]));
  for (const items of cut(turn.progress, sizeOfProgress)) frames.push(encode(['progress', items]));
  for (const items of cut(turn.settled, sizeOfReport)) frames.push(encode(['settled', items]));
  if (turn.released.length > 0) frames.push(encode(['release', turn.released]));
  if (turn.capacity !== undefined) frames.push(encode(['capacity', turn.capacity]));
  return frames;
}

export function encodeHello(hello: WorkerHello): string {
  return encode(['hello', hello]);
}

export function encodeBeat(beat: WorkerBeat): string {
  return encode(['beat', beat]);
}

export function encodeRefresh(token: string): string {
  return encode(['refresh', token]);
}

export function encodeBye(): string {
  return encode(['bye', null]);
}

function encode(frame: WorkerFrame): string {
  return JSON.stringify(frame);
}

function cut<Item>(items: readonly Item[], sizeOf: (item: Item) => number): readonly (readonly Item[])[] {
  return items.length === 0 ? [] : cutBatch(items, sizeOf, FRAME_ITEMS, FRAME_SOFT_LIMIT);
}

/** What one attempt has given in a turn may fill several frames. */
function cutChunks([nonce, first, payloads]: ChunksItem): readonly ChunksItem[] {
  if (payloads.length === 0) return [[nonce, first, payloads]];
  let next = first;
  return cut(payloads, sizeOfChunk).map((run): ChunksItem => {
    const item: ChunksItem = [nonce, next, run];
    next += run.length;
    return item;
  });
}

function sizeOfChunks([nonce, , payloads]: ChunksItem): number {
  return payloads.reduce((size, payload) => size + sizeOfChunk(payload), nonce.length + 20);
}

function sizeOfChunk(payload: WirePayload): number {
  return payloadSize(payload) + 3;
}

function sizeOfProgress([nonce, state, meta]: ProgressItem): number {
  return nonce.length + state.length + payloadSize(meta) + 10;
}
