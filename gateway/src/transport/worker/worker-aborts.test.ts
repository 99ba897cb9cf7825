import { EventEmitter } from 'node:events';
import type { AbortItem, Assignment } from '@celeriac/protocol/internal';
import { ManualClock } from '@celeriac/runtime/testing';
import { expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import type { PeerConnection } from '../peer-connection.ts';
import { WorkerConnection } from './worker-connection.ts';

const FULL = 2 * 1024 * 1024;

/** A worker's socket without a network: how much of it is unread is what the test says. */
class Socket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: string[] = [];

  send(text: string): void {
    this.sent.push(text);
  }

  ping(): void {}
  close(): void {}
}

function setup() {
  const socket = new Socket();
  const drains: (() => void)[] = [];
  const line = { onDrain: (listener: () => void) => drains.push(listener), hangUp: () => {} };
  const slow: unknown[] = [];
  const connection = new WorkerConnection(
    socket as unknown as WebSocket,
    line as unknown as PeerConnection,
    new ManualClock(),
    {
      message: () => {},
      alive: () => {},
      closed: () => {},
      tooSlow: (why) => slow.push(why),
    },
  );
  const reads = (): void => {
    socket.bufferedAmount = 0;
    for (const drained of drains) drained();
  };
  return { connection, reads, slow, socket };
}

const abort = (nonce: string): AbortItem => [nonce, 'revoked', false, 0];
const assignment = (nonce: string): Assignment =>
  [nonce, `t${nonce}`, 1, 'add', '[]', {}] as unknown as Assignment;

test('aborts that a worker has read are not counted among those that wait for it', () => {
  const { connection, reads, slow, socket } = setup();
  for (let round = 0; round < 50; round++) {
    socket.bufferedAmount = FULL;
    connection.assign([assignment(`${round}`)]);
    connection.abort(Array.from({ length: 1_000 }, (_, number) => abort(`${round}.${number}`)));
    reads();
  }
  expect(slow).toEqual([]);
  const types = socket.sent.map((text) => text.slice(0, 8));
  expect(types.filter((type) => type === '["assign')).toHaveLength(50);
});

test('those that it does not read are bounded', () => {
  const { connection, slow, socket } = setup();
  socket.bufferedAmount = FULL;
  connection.assign([assignment('1')]);
  for (let round = 0; round < 50 && slow.length === 0; round++)
    connection.abort(Array.from({ length: 1_000 }, (_, number) => abort(`${round}.${number}`)));
  expect(slow).toHaveLength(1);
  expect(socket.sent).toEqual([]);
});
