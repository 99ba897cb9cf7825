import { PassThrough } from 'node:stream';
import type { RefusedError } from '@celeriac/protocol';
import { ManualClock } from '@celeriac/runtime/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SocketConnection } from './peer-connection.ts';

const step = fc.tuple(fc.constantFrom('watch', 'says', 'let in', 'hang up', 'passes'), fc.nat(20_000));

test('a connection that is gone leaves no timer, and one that was let in is counted no more', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      const clock = new ManualClock();
      const socket = new PassThrough();
      const usual = socket.listenerCount('data');
      const refused: RefusedError[] = [];
      let letIn = 0;
      const connection = new SocketConnection(socket, 'somewhere', clock, () => {
        letIn += 1;
      });
      let over = false;
      let watched = false;
      for (const [what, size] of steps) {
        if (socket.destroyed) break;
        if (what === 'watch' && !watched) connection.watch((why) => refused.push(why));
        else if (what === 'says') socket.emit('data', Buffer.alloc(size));
        else if (what === 'let in') connection.letIn();
        else if (what === 'hang up') connection.hangUp();
        else if (what === 'passes') await clock.advance(size);
        watched ||= what === 'watch';
        over ||= what === 'hang up' || refused.length > 0;
        expect(socket.listenerCount('data')).toBeLessThanOrEqual(usual + 1);
        if (letIn > 0 && !over) expect([clock.timers, socket.listenerCount('data')]).toEqual([0, usual]);
      }
      expect(letIn).toBeLessThanOrEqual(1);
      expect(refused.length).toBeLessThanOrEqual(1);
      socket.emit('close');
      expect(clock.timers).toBe(0);
      socket.destroy();
    }),
  );
});
