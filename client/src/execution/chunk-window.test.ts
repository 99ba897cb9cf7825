import { CHUNK_WINDOW, CHUNK_WINDOW_SIZE } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkWindow } from './chunk-window.ts';

function filled(chunks: number, size = 1): ChunkWindow {
  const window = new ChunkWindow();
  for (let index = 0; index < chunks; index++) window.add(size);
  return window;
}

test('there is room for a window of chunks, or of their size', () => {
  expect(filled(CHUNK_WINDOW - 1).hasRoom).toBe(true);
  expect(filled(CHUNK_WINDOW).hasRoom).toBe(false);
  expect(filled(1, CHUNK_WINDOW_SIZE).hasRoom).toBe(false);
  expect(filled(2 * CHUNK_WINDOW - 1).isFull).toBe(false);
  expect(filled(2 * CHUNK_WINDOW).isFull).toBe(true);
});

test('who waits goes on when the gateway has taken over enough', async () => {
  const window = filled(CHUNK_WINDOW + 1);
  const order: string[] = [];
  const waiting = window.whenRoom().then(() => order.push('room'));
  window.room(1);
  await Promise.resolve();
  expect(order).toEqual([]);
  window.room(2);
  await waiting;
  expect(order).toEqual(['room']);
  expect(window.given).toBe(CHUNK_WINDOW + 1);
});

test('room that was told before, or for more than was given, changes nothing', () => {
  const window = filled(3);
  window.room(2);
  window.room(1);
  window.room(100);
  expect([window.given, window.hasRoom]).toEqual([3, true]);
  for (let index = 0; index < CHUNK_WINDOW; index++) window.add(1);
  expect(window.hasRoom).toBe(false);
});

test('who waits when the body is to stop is told why', async () => {
  const window = filled(CHUNK_WINDOW);
  const waiting = window.whenRoom();
  window.stop(new Error('revoked'));
  await expect(waiting).rejects.toThrow('revoked');
});

test('has all of its room again when everything is taken over, and nobody waits any more', async () => {
  const step = fc.oneof(
    fc.record({ adds: fc.integer({ min: 1, max: CHUNK_WINDOW_SIZE }) }),
    fc.record({ takes: fc.nat(5) }),
    fc.constant('waits' as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.boolean(), async (steps, stops) => {
      const window = new ChunkWindow();
      let waiting = 0;
      let taken = 0;
      for (const one of steps) {
        if (one === 'waits') {
          waiting += 1;
          const over = (): void => {
            waiting -= 1;
          };
          window.whenRoom().then(over, over);
        } else if ('adds' in one) window.add(one.adds);
        else {
          taken = Math.min(window.given, taken + one.takes);
          window.room(taken);
        }
      }
      if (stops) window.stop(new Error('revoked'));
      window.room(window.given);
      await Promise.resolve();
      expect(waiting).toBe(0);
      // As much as at first.
      window.add(CHUNK_WINDOW_SIZE - 1);
      expect(window.hasRoom).toBe(true);
      window.add(1);
      expect(window.hasRoom).toBe(false);
    }),
  );
});
