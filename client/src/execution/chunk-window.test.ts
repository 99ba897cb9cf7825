import { CHUNK_WINDOW, CHUNK_WINDOW_SIZE } from '@celeriac/protocol/internal';
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
