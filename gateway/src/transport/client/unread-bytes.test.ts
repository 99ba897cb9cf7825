import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClientSocket } from './client-socket.ts';
import { UNREAD_LIMIT, UnreadBytes } from './unread-bytes.ts';

/** A connection of engine.io as far as what is written to it goes: what the network cannot take waits until a drain. */
class Network extends EventEmitter {
  readonly transport = { writable: true };
  #passed = 0;
  #buffered = 0;

  /** Not taken yet. */
  get unread(): number {
    return this.#passed + this.#buffered;
  }

  write(size: number): void {
    this.emit('packetCreate', { data: { length: size } });
    this.#buffered += size;
    if (this.transport.writable) this.#pass();
  }

  /** The network has taken all that it was passed. */
  takes(): void {
    this.#passed = 0;
    this.transport.writable = true;
    if (this.#buffered > 0) this.#pass();
  }

  #pass(): void {
    this.transport.writable = false;
    this.#passed = this.#buffered;
    this.#buffered = 0;
    this.emit('drain');
  }
}

function setup() {
  const conn = new Network();
  const over: number[] = [];
  new UnreadBytes({ conn } as unknown as ClientSocket, () => over.push(conn.unread));
  return { conn, over };
}

const step = fc.oneof(fc.nat(UNREAD_LIMIT / 2), fc.constant('takes' as const));

test('counts what the network has not taken, and nothing of what it has', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { conn, over } = setup();
      for (const one of steps) {
        if (one === 'takes') conn.takes();
        else if (conn.unread + one <= UNREAD_LIMIT) conn.write(one);
        expect(over).toEqual([]);
      }
      while (!conn.transport.writable) conn.takes();
      // As much as ever, once it has taken all, at once or bit by bit; and not one more.
      conn.write(10);
      conn.takes();
      conn.write(UNREAD_LIMIT);
      conn.takes();
      conn.write(1);
      conn.write(UNREAD_LIMIT - 1);
      expect(over).toEqual([]);
      conn.write(1);
      expect(over).toHaveLength(1);
    }),
  );
});

test('what is passed on counts until it is taken, and what waits behind it as well', () => {
  const { conn, over } = setup();
  conn.write(UNREAD_LIMIT);
  conn.write(1);
  expect(over).toHaveLength(1);
  conn.write(1);
  expect(over).toHaveLength(1);
});
