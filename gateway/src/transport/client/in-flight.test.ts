import { DEFAULT_LIMITS, type SubmitItem } from '@celeriac/protocol';
import { describe, expect, test } from 'vitest';
import { startGateway } from '../../../test/gateway-setup.ts';
import { SlowEngine } from '../../../test/slow-engine.ts';
import { MemoryEngine } from '../../engine/memory/memory-engine.ts';
import { InFlight } from './in-flight.ts';

const LIMITS = { ...DEFAULT_LIMITS, inFlightTasks: 2, inFlightBytes: 10 };

function call(args: string): SubmitItem {
  return ['1', 'add', args, null, 0];
}

describe('calls without a receipt', () => {
  test('are so many, and no more, until one has its receipt', () => {
    const inFlight = new InFlight(LIMITS);
    expect([inFlight.take(call('1')), inFlight.take(call('1')), inFlight.take(call('1'))]).toEqual([
      true,
      true,
      false,
    ]);
    inFlight.land([call('1')]);
    expect(inFlight.take(call('1'))).toBe(true);
  });

  test('weigh so much, and no more', () => {
    const inFlight = new InFlight(LIMITS);
    expect([
      inFlight.take(call('123456')),
      inFlight.take(call('12345')),
      inFlight.take(call('1234')),
    ]).toEqual([true, false, true]);
  });

  test('beyond the bound are refused with a time to come back', async () => {
    const engine = new SlowEngine(new MemoryEngine());
    engine.holdCommits();
    const { client, refusals } = await startGateway({ engine });
    const caller = await client();
    // 68 arguments of 240 KB are more than 16 MB.
    for (let id = 0; id < 72; id++) caller.emit('submit', [[`${id}`, 'add', 'x'.repeat(240_000), null, 0]]);
    const [receipts] = await caller.next('receipts');
    expect(receipts).toEqual([
      [expect.any(String), 0, 'OVERLOADED', 'this client has too many calls on their way', 500],
    ]);
    expect(refusals).toContain('OVERLOADED');
    engine.commit();
    caller.emit('submit', [['again', 'add', '[]', null, 0]]);
    for (let answered = ''; answered !== 'again'; )
      answered = ((await caller.next('receipts')) as [[string][]])[0].at(-1)?.[0] ?? '';
  });
});
