/** Worker and caller of the floor: what one turn of the event loop collects is one frame. */
import { randomUUID } from 'node:crypto';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import type { Caller, Settings } from '../peers/peer.ts';

type Pair = readonly [id: string, value: unknown];

/** Hands over at the end of the turn what was added in it. */
function batches<Item>(send: (batch: readonly Item[]) => void): (item: Item) => void {
  let batch: Item[] = [];
  return (item) => {
    if (batch.push(item) > 1) return;
    setImmediate(() => {
      const full = batch;
      batch = [];
      send(full);
    });
  };
}

async function run(value: unknown): Promise<unknown> {
  return value;
}

export async function startWorker({ url }: Settings): Promise<undefined> {
  const ws = new WebSocket(`${String(url).replace('http', 'ws')}/worker`, { perMessageDeflate: false });
  const answer = batches<Pair>((batch) => ws.send(JSON.stringify(batch)));
  ws.on('message', (frame) => {
    for (const [id, value] of JSON.parse(String(frame)) as readonly Pair[])
      void run(value).then((result) => answer([id, result]));
  });
  await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject));
}

export async function startCaller({ url }: Settings): Promise<Caller> {
  const socket = io(String(url), { transports: ['websocket'] });
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  const waiting = new Map<string, (value: unknown) => void>();
  const receipts = new Map<string, (value: unknown) => void>();
  socket.on('results', (list: readonly Pair[]) => {
    for (const [id, value] of list) {
      waiting.get(id)?.(value);
      waiting.delete(id);
    }
  });
  const send = batches<readonly [id: string, value: unknown, queue: string]>((batch) => {
    socket.emit('calls', batch, () => {
      for (const [id] of batch) {
        receipts.get(id)?.(id);
        receipts.delete(id);
      }
    });
  });
  const make = (value: number, queue: string, told: typeof waiting): Promise<unknown> =>
    new Promise((resolve) => {
      const id = randomUUID();
      told.set(id, resolve);
      send([id, value, queue]);
    });
  return { call: (value) => make(value, '', waiting), accept: (value) => make(value, 'nobody', receipts) };
}
