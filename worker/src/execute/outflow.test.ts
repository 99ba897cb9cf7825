import { CHUNK_WINDOW, CHUNK_WINDOW_SIZE } from '@celeriac/protocol';
import { expect, test } from 'vitest';
import { Outflow } from './outflow.ts';

function filled(chunks: number, size = 1): Outflow {
  const outflow = new Outflow();
  for (let index = 0; index < chunks; index++) outflow.add(size);
  return outflow;
}

test('there is room for a window of chunks, or of their size', () => {
  expect(filled(CHUNK_WINDOW - 1).hasRoom).toBe(true);
  expect(filled(CHUNK_WINDOW).hasRoom).toBe(false);
  expect(filled(1, CHUNK_WINDOW_SIZE).hasRoom).toBe(false);
  expect(filled(2 * CHUNK_WINDOW - 1).isFull).toBe(false);
  expect(filled(2 * CHUNK_WINDOW).isFull).toBe(true);
});

test('who waits goes on when the gateway has taken over enough', async () => {
  const outflow = filled(CHUNK_WINDOW + 1);
  const order: string[] = [];
  const waiting = outflow.whenRoom().then(() => order.push('room'));
  outflow.room(1);
  await Promise.resolve();
  expect(order).toEqual([]);
  outflow.room(2);
  await waiting;
  expect(order).toEqual(['room']);
  expect(outflow.given).toBe(CHUNK_WINDOW + 1);
});

test('room that was told before, or for more than was given, changes nothing', () => {
  const outflow = filled(3);
  outflow.room(2);
  outflow.room(1);
  outflow.room(100);
  expect([outflow.given, outflow.hasRoom]).toEqual([3, true]);
  for (let index = 0; index < CHUNK_WINDOW; index++) outflow.add(1);
  expect(outflow.hasRoom).toBe(false);
});

test('who waits when the body is to stop is told why', async () => {
  const outflow = filled(CHUNK_WINDOW);
  const waiting = outflow.whenRoom();
  outflow.stop(new Error('revoked'));
  await expect(waiting).rejects.toThrow('revoked');
});
