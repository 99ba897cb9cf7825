import { expect, test } from 'vitest';
import { type QueueShares, readQueues } from './queues.ts';

test('names share alike, and each counts once', () => {
  expect(readQueues(['a', 'b', 'a'], 'queues')).toEqual({ queues: ['a', 'b'], weights: [] });
});

test('weights are told where they are not 1', () => {
  expect(readQueues({ media: 3, default: 1 }, 'queues')).toEqual({
    queues: ['media', 'default'],
    weights: [['media', 3]],
  });
});

test.each<[QueueShares, string]>([
  [[], 'expected queues to be a list of at least one name, got: an '],
  [{}, 'expected queues to be a list of at least one name, got: an '],
  [[''], "expected queues[0] to be a string of 1 to 255 characters, got: ''"],
  [{ media: 0 }, 'expected queues.media to be an integer from 1 to 1000, got: 0'],
  [{ media: 1.5 }, 'expected queues.media to be an integer'],
])('%j makes no sense', (given, message) => {
  expect(() => readQueues(given, 'queues')).toThrow(message);
});
