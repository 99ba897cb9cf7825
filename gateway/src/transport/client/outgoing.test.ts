import { EventEmitter } from 'node:events';
import { ManualClock } from '@celeriac/runtime/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClientSocket } from './client-socket.ts';
import { Outgoing } from './outgoing.ts';

/** A client's socket as far as it is written to: what it says it emits. */
class FakeSocket extends EventEmitter {
  readonly conn = new EventEmitter();
  readonly data = { frameLimit: 1024 * 1024 };
  readonly said: string[] = [];
  connected = true;

  override emit(event: string, ...said: readonly unknown[]): boolean {
    if (event === 'disconnect') return super.emit(event, ...said);
    this.said.push(event);
    return true;
  }

  leave(): void {
    this.connected = false;
    this.emit('disconnect');
  }
}

const step = fc.oneof(
  fc.constantFrom('reads', 'waits', 'event').map((what) => [what, 0] as const),
  fc.nat(700 * 1024).map((size) => ['feed', size] as const),
);

test('nobody waits for room once the client has read or left, and then there is as much as at first', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.boolean(), async (steps, leaves) => {
      const clock = new ManualClock();
      const socket = new FakeSocket();
      const reread: string[] = [];
      const outgoing = new Outgoing(socket as unknown as ClientSocket, clock, async (ids) => {
        reread.push(...ids);
        return [];
      });
      let waiting = 0;
      for (const [what, size] of steps) {
        if (what === 'reads') socket.conn.emit('drain');
        else if (what === 'feed') outgoing.sendFeeds([], size);
        else if (what === 'event') outgoing.push(['t1', 1, 0, null, 'DOING', '"x"']);
        else {
          waiting += 1;
          void outgoing.room().then(() => {
            waiting -= 1;
          });
        }
        await clock.advance(0);
      }
      if (leaves) socket.leave();
      else socket.conn.emit('drain');
      await clock.advance(0);
      expect([waiting, clock.timers]).toEqual([0, 0]);
      if (leaves) return;
      socket.conn.emit('drain');
      for (let frame = 0; frame < 8; frame++) outgoing.sendFeeds([], 1024 * 128);
      await outgoing.room();
      outgoing.sendFeeds([], 1);
      let room = false;
      void outgoing.room().then(() => {
        room = true;
      });
      await clock.advance(0);
      expect(room).toBe(false);
    }),
  );
});
