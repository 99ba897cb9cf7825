import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TaskRecord } from '../record/task-record.ts';
import { cutFrames, SINGLY } from './frames.ts';
import { type OutgoingCall, submitSize, toSubmitItem } from './outgoing-call.ts';
import { PendingSubmits } from './pending-submits.ts';

const text = fc.string({
  unit: fc.constantFrom('a', '"', '\\', '\u0001', 'é', '語', '😀'),
  minLength: 1,
  maxLength: 200,
});
const call: fc.Arbitrary<OutgoingCall> = fc.record({
  id: text,
  name: text,
  args: fc.oneof(text, fc.tuple(text, text)),
  options: fc.letrec((tie) => ({
    options: fc.option(
      fc.record(
        {
          headers: text,
          shadow: text,
          etaAt: fc.maxSafeInteger(),
          link: fc.array(
            fc.record({ id: text, name: text, args: text, immutable: fc.boolean(), options: tie('options') }),
            { maxLength: 2 },
          ),
        },
        { requiredKeys: [] },
      ),
      { nil: null },
    ),
  })).options as fc.Arbitrary<OutgoingCall['options']>,
  lineage: fc.option(fc.tuple(text, text), { nil: undefined }),
  route: fc.option(fc.record({ queue: text }), { nil: undefined }),
});

test('a call is never larger in a frame than it was counted, whatever it carries and however late it is sent', () => {
  const hold = { acquire() {}, release() {} };
  fc.assert(
    fc.property(call, fc.nat(2 ** 31), (one, later) => {
      const pending = new PendingSubmits();
      pending.add(one, new TaskRecord(one.id, one.name, 'unconfirmed', hold), 0);
      for (const submission of pending.take(later)) {
        const bytes = Buffer.byteLength(JSON.stringify(toSubmitItem(submission, later)));
        expect(bytes).toBeLessThanOrEqual(submission.size);
        expect(submission.size).toBe(submitSize(one));
      }
    }),
  );
});

test('frames are cut by their bytes, by their items, and to single ones', () => {
  fc.assert(
    fc.property(fc.array(text), fc.integer({ min: 1_000, max: 5_000 }), (items, bytes) => {
      const frames = cutFrames(items, { bytes }, 20);
      expect(frames.flat()).toEqual(items);
      for (const frame of frames) {
        expect(frame.length).toBeLessThanOrEqual(20);
        if (frame.length > 1)
          expect(Buffer.byteLength(frame.map((one) => JSON.stringify(one)).join(''))).toBeLessThanOrEqual(
            bytes,
          );
      }
      expect(cutFrames(items, { bytes: SINGLY.calls })).toEqual(items.map((item) => [item]));
    }),
  );
});
