import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFrames } from './encode-frames.ts';

const text = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\u0001', '語', '😀'), maxLength: 200 }),
);

test('nothing is no frame', () => {
  expect(encodeFrames('a', [], 100)).toEqual({ frames: [], unfit: [] });
});

test('a frame is never above the limit, and what can pass alone does, in order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(text, { minLength: 1 })),
      fc.integer({ min: 20, max: 2_000 }),
      (runs, limit) => {
        const { frames, unfit } = encodeFrames('a', runs, limit);
        for (const frame of frames) expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(limit);
        const passes = (item: string): boolean => Buffer.byteLength(JSON.stringify(['a', [item]])) <= limit;
        expect(unfit).toEqual(runs.flat().filter((item) => !passes(item)));
        expect(frames.flatMap((frame) => JSON.parse(frame)[1])).toEqual(runs.flat().filter(passes));
      },
    ),
  );
});

test('a run that fits is one frame', () => {
  expect(encodeFrames('a', [['1', '2'], ['3']], 100).frames).toEqual(['["a",["1","2"]]', '["a",["3"]]']);
});
