import {
  FRAME_ITEMS,
  FRAME_LIMIT,
  type Outcome,
  type SettledItem,
  type SettleVerdict,
} from '@celeriac/protocol/internal';
import { ManualClock } from '@celeriac/runtime/testing';
import fc from 'fast-check';
import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import { assignment } from '../../test/assignment.ts';
import { TestAttempts } from '../../test/test-attempts.ts';
import { Reports } from './reports.ts';

/** Sixteen of them are as much as may wait. */
const LARGE = `"${'x'.repeat(1024 * 1024)}"`;

let reports: Reports;
let sent: SettledItem[];
let ended: string[];
beforeEach(() => {
  sent = [];
  ended = [];
  reports = new Reports({
    clock: new ManualClock(),
    log: pino({ level: 'silent' }),
    turn: { settled: (report) => void sent.push(report), wake: () => undefined },
    chunks: { count: () => 0 },
    life: { taskEnded: ([nonce], [outcome]) => void ended.push(`${nonce} ${outcome}`) },
    prefetch: { settled: () => undefined },
    session: { frameLimit: FRAME_LIMIT },
  });
});

function settle(nonce: string, outcome: Outcome = ['success', '1'], shown?: string): boolean {
  const attempt = new TestAttempts().assign(assignment('work', [], { nonce }));
  if (shown !== undefined) attempt.shown = [nonce, 'P', shown];
  return reports.settled(attempt, outcome, []);
}

function ack(verdict: SettleVerdict, ...nonces: readonly string[]): void {
  reports.acked(nonces.map((nonce) => [nonce, verdict]));
}

function nonces(): readonly string[] {
  return sent.splice(0).map(([nonce]) => nonce);
}

describe('a report', () => {
  test('goes at once, and is kept until the gateway has spoken, whatever it says', () => {
    expect([settle('a'), settle('b')]).toEqual([true, true]);
    expect([nonces(), ended]).toEqual([
      ['a', 'b'],
      ['a success', 'b success'],
    ]);
    ack('unknown', 'a', 'nobody');
    expect([reports.count, reports.has('a'), reports.begin().map(([nonce]) => nonce)]).toEqual([
      1,
      false,
      ['b'],
    ]);
    ack('applied', 'b');
    expect([reports.count, reports.all(), reports.full]).toEqual([0, [], false]);
  });

  test('that no frame can carry says so in its place', () => {
    expect(settle('a', ['success', `"${'x'.repeat(FRAME_LIMIT)}"`])).toBe(false);
    expect([sent[0]?.[3][0], ended]).toEqual(['failure', ['a failure']]);
  });
});

describe('how much waits', () => {
  test('is what is not acked, results and progress alike', () => {
    for (let round = 0; round < 20; round++) {
      settle(`a${round}`, ['success', LARGE]);
      settle(`b${round}`, ['success', '1'], LARGE);
      expect([reports.full, reports.progress().length]).toEqual([false, 1]);
      ack('applied', `a${round}`, `b${round}`);
    }
    expect([reports.count, reports.progress()]).toEqual([0, []]);
  });

  test('is full at its bound, and is not again below half of it', () => {
    for (let count = 0; count < 16; count++) settle(`n${count}`, ['success', LARGE]);
    expect(reports.full).toBe(true);
    for (let count = 0; count < 8; count++) ack('applied', `n${count}`);
    expect(reports.full).toBe(true);
    ack('applied', 'n8');
    expect(reports.full).toBe(false);
  });

  test('is no more than what goes in the place of what cannot', () => {
    expect([reports.choked(), reports.items]).toEqual([undefined, 1]);
    for (let round = 0; round < 20; round++) {
      settle(`a${round}`, ['success', LARGE], LARGE);
      expect(reports.choked()).toBe(`a${round}`);
      expect([reports.progress(), reports.full]).toEqual([[], false]);
    }
  });
});

test('whatever becomes of reports, nothing of them is counted once all are acked', () => {
  const step = fc.oneof(
    fc.record({ settle: fc.nat(1_000), shown: fc.option(fc.nat(1_000)) }),
    fc.record({ ack: fc.nat(20), verdict: fc.constantFrom<SettleVerdict>('applied', 'stale', 'unknown') }),
    fc.record({ trouble: fc.constantFrom('misread', 'choked', 'begin') }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let count = 0;
      for (const one of steps) {
        if ('settle' in one) {
          const shown = one.shown === null ? undefined : 'x'.repeat(one.shown);
          settle(`n${count++}`, ['success', 'x'.repeat(one.settle)], shown);
        } else if ('ack' in one) ack(one.verdict, `n${one.ack}`);
        else if (one.trouble === 'misread') reports.misread('no');
        else if (one.trouble === 'choked') reports.choked();
        else reports.begin();
      }
      ack('applied', ...reports.all().map(([nonce]) => nonce));
      expect([reports.count, reports.size, reports.progress(), reports.begin()]).toEqual([0, 0, [], []]);
    }),
  );
});

describe('after a frame that the gateway could not read', () => {
  test('reports go one by one, each after the ack of the one before, until none waits', () => {
    settle('a');
    settle('b', ['success', '1'], '"shown"');
    nonces();
    expect(reports.misread('no')).toBeUndefined();
    expect(reports.progress()).toEqual([]);
    expect(reports.begin().map(([nonce]) => nonce)).toEqual(['a']);
    settle('c');
    ack('applied', 'b');
    expect(nonces()).toEqual([]);
    ack('applied', 'a');
    expect(nonces()).toEqual(['c']);
    ack('applied', 'c');
    settle('d');
    expect([nonces(), reports.items]).toEqual([['d'], FRAME_ITEMS]);
  });

  test('the one that went by itself fails its task, and another connection begins with it', () => {
    settle('a', ['success', LARGE]);
    settle('b');
    reports.misread('no');
    reports.begin();
    expect(reports.misread('no')).toBe('a');
    const [[nonce, , , outcome] = []] = reports.begin();
    expect([nonce, outcome?.[0]]).toEqual(['a', 'failure']);
  });
});
