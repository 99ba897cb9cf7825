import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { sha1 } from './sha1.ts';
import { linkedTaskId, newTaskId } from './task-id.ts';

test('makes ids of version 7, in order of time, none of them twice', () => {
  const before = Date.now();
  const ids = Array.from({ length: 1_000 }, newTaskId);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const at = Number.parseInt(id.replace('-', '').slice(0, 12), 16);
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Date.now());
  }
  expect(new Set(ids).size).toBe(ids.length);
});

test('a linked call has the same id each time', () => {
  expect(linkedTaskId('order-1', 'link', 0)).toBe('487bc2c8-4b65-53c9-858b-f487d0f1cc72');
  expect(linkedTaskId('order-1', 'link', 0)).toBe(linkedTaskId('order-1', 'link', 0));
  expect(linkedTaskId('order-1', 'link', 1)).not.toBe(linkedTaskId('order-1', 'link', 0));
});

test('hashes like the platform, whatever the length', () => {
  for (let length = 0; length < 200; length++) {
    const message = Array.from({ length }, (_, at) => (at * 37 + length) % 256);
    const expected = createHash('sha1').update(Uint8Array.from(message)).digest('hex');
    expect(Buffer.from(sha1(message)).toString('hex')).toBe(expected);
  }
});
