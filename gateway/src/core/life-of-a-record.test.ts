/** Any life that a task can have, as a property of all of core together. */
import { firstIllegalStep, type Outcome, type WireHistoryEntry } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ERROR, NOW, submitted } from '../../test/records.ts';
import { settle, settleLoss } from './outcome.ts';
import { isHeld, type StoredTask, sequenceOf } from './record.ts';
import { eventsBetween } from './snapshot.ts';
import { lease, release, revokeTask, route, start } from './transitions.ts';

type Step = (record: StoredTask, now: number) => StoredTask | undefined;

let nonces = 0;

/** What the broker may do to a task, each where it may do it; `undefined` where it may not. */
const STEPS: Readonly<Record<string, Step>> = {
  route: (record, now) =>
    record.phase === 'unrouted' ? route(record, record.options, record.expiresAt, now) : undefined,
  lease: (record) =>
    record.phase === 'ready'
      ? lease(record, { session: 's', worker: `w${nonces % 2}`, nonce: `n${nonces++}` })
      : undefined,
  start: (record, now) => (record.phase === 'leased' ? start(record, now) : undefined),
  release: (record, now) => (isHeld(record) ? release(record, now) : undefined),
  loss: (record, now) =>
    isHeld(record) ? settleLoss(record, { blame: 'own', pool: 'inline', ranMs: 0 }, now) : undefined,
  expire: (record, now) =>
    record.phase === 'leased' || (!isHeld(record) && record.phase !== 'ended')
      ? revokeTask(record, 'expired', now)
      : undefined,
  revoke: (record, now) => (record.phase === 'ended' ? undefined : revokeTask(record, 'revoked', now)),
  success: (record, now) => settled(record, ['success', '4'], now),
  failure: (record, now) => settled(record, ['failure', ERROR], now),
  retry: (record, now) => settled(record, ['retry', ERROR, ERROR, 0], now),
  ignored: (record, now) => settled(record, ['ignored'], now),
  reject: (record, now) => settled(record, ['rejected', ERROR, false], now),
  timeout: (record, now) => settled(record, ['timed-out', ERROR], now),
  lost: (record, now) => settled(record, ['lost', 'ended'], now),
  requeue: (record, now) => settled(record, ['rejected', ERROR, true], now),
};

function settled(record: StoredTask, outcome: Outcome, now: number): StoredTask | undefined {
  return isHeld(record) ? settle(record, outcome, now, 0.5) : undefined;
}

// Ends are rare, so that most lives are long.
const oneStep = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.constantFrom('route', 'lease', 'lease', 'start', 'start', 'retry', 'requeue'),
  },
  { weight: 3, arbitrary: fc.constantFrom('release', 'loss') },
  { weight: 1, arbitrary: fc.constantFrom(...Object.keys(STEPS)) },
);
const options = fc.record({
  trackStarted: fc.boolean(),
  acksLate: fc.boolean(),
  maxRetries: fc.constantFrom(null, null, 3),
  maxDeliveries: fc.constantFrom(1, 3, 100, 100),
});

function live(names: readonly string[], first: StoredTask): readonly StoredTask[] {
  const records = [first];
  for (const [position, name] of names.entries()) {
    const next = STEPS[name]?.(records.at(-1) ?? first, NOW + position);
    if (next !== undefined) records.push(next);
  }
  return records;
}

const lives = fc
  .tuple(fc.array(oneStep, { maxLength: 200, size: 'max' }), options, fc.boolean())
  .map(([names, given, routed]) => live(names, submitted(given, { routed })));

function entriesOf(record: StoredTask) {
  return record.history.entries.map(([state, reason]: WireHistoryEntry) => ({ state, reason }));
}

test('every history is a legal path that ends in the state of its record', () => {
  fc.assert(
    fc.property(lives, (records) => {
      for (const record of records) {
        expect(firstIllegalStep(entriesOf(record))).toBe(-1);
        expect(record.history.entries.at(-1)?.[0]).toBe(record.state);
      }
    }),
  );
});

test('the version grows with every change, the sequence by as many as there are events', () => {
  fc.assert(
    fc.property(lives, (records) => {
      for (const [position, after] of records.entries()) {
        const before = records[position - 1] ?? null;
        const events = eventsBetween(before, after);
        const seen = before === null ? 0 : sequenceOf(before);
        expect(after.version).toBeGreaterThan(before?.version ?? 0);
        expect(events.map(([, sequence]) => sequence)).toEqual(events.map((_, index) => seen + index + 1));
        expect(sequenceOf(after)).toBe(seen + events.length);
      }
    }),
  );
});

test('nothing follows an end', () => {
  fc.assert(
    fc.property(lives, (records) => {
      const ends = records.filter(({ phase }) => phase === 'ended');
      expect(ends.length).toBeLessThanOrEqual(1);
      if (ends.length === 1) expect(records.at(-1)).toBe(ends[0]);
    }),
  );
});

test('a task is held by one lease exactly while it is leased or running', () => {
  fc.assert(
    fc.property(lives, (records) => {
      for (const record of records) {
        if (isHeld(record)) expect(record.lease).not.toBeNull();
        if (record.phase === 'ended') expect(record.endedAt).not.toBeNull();
        else expect(record.endedAt).toBeNull();
      }
    }),
  );
});

test('a body is shown by ends and retries only', () => {
  fc.assert(
    fc.property(lives, (records) => {
      for (const { state, body } of records)
        if (state === 'PENDING' || state === 'STARTED') expect(body).toBeNull();
    }),
  );
});

test('lives of the kind that is tested here do become long', () => {
  const sample = fc.sample(lives, { numRuns: 200, seed: 1 });
  expect(sample.filter((records) => records.length > 30).length).toBeGreaterThan(20);
});
