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
  const clock = new ManualClock();
  const line = {
    onDrain: (listener: () => void) => drains.push(listener),
    together: (write: () => void) => write(),
    hangUp: () => {},
  };
  const slow: unknown[] = [];
  const connection = new WorkerConnection(
    socket as unknown as WebSocket,
    line as unknown as PeerConnection,
    clock,
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
  return { clock, connection, reads, slow, socket };
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

test('acks wait for the next frame, and not for long', async () => {
  const { clock, connection, socket } = setup();
  connection.acknowledge([['a', 'applied']]);
  connection.acknowledge([['b', 'stale']]);
  expect(socket.sent).toEqual([]);
  connection.tell('startedAcks', [['c', 'ok']]);
  const frames = ['["acks",[["a","applied"],["b","stale"]]]', '["startedAcks",[["c","ok"]]]'];
  expect(socket.sent).toEqual(frames);
  connection.acknowledge([['d', 'applied']]);
  await clock.advance(10);
  expect(socket.sent).toEqual([...frames, '["acks",[["d","applied"]]]']);
  await clock.advance(10);
  expect(socket.sent).toHaveLength(3);
});

test('many acks do not wait, and none is lost when the connection is ended', () => {
  const { connection, socket } = setup();
  for (let number = 0; number < 1_000; number++) connection.acknowledge([[`${number}`, 'applied']]);
  expect(socket.sent.length).toBeGreaterThan(0);
  connection.acknowledge([['last', 'applied']]);
  connection.close(4_000, 'bye');
  expect(socket.sent.at(-1)).toContain('["last","applied"]');
});
