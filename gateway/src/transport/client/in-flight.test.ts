import { DEFAULT_LIMITS, type SubmitItem } from '@celeriac/protocol';
import { describe, expect, test } from 'vitest';
import { startGateway } from '../../../test/gateway-setup.ts';
import { SlowEngine } from '../../../test/slow-engine.ts';
import { MemoryEngine } from '../../engine/memory/memory-engine.ts';
import { InFlight } from './in-flight.ts';

const LIMITS = { ...DEFAULT_LIMITS, inFlightTasks: 2, inFlightBytes: 150 };

function call(args: string): SubmitItem {
  return ['1', 'add', args, null, 0];
}

describe('calls without a receipt', () => {
  test('are so many, and no more, until one has its receipt', () => {
    const inFlight = new InFlight(LIMITS);
    const one = { tasks: 0, bytes: 0 };
    const rest = { tasks: 0, bytes: 0 };
    expect(inFlight.take(call('1'), one)).toBe(true);
    expect([inFlight.take(call('1'), rest), inFlight.take(call('1'), rest)]).toEqual([true, false]);
    inFlight.land(one);
    expect(inFlight.take(call('1'), one)).toBe(true);
  });

  test('weigh so much, and no more', () => {
    const inFlight = new InFlight(LIMITS);
    const flight = { tasks: 0, bytes: 0 };
    const args = ['x'.repeat(60), 'x'.repeat(60), 'x'.repeat(10)];
    expect(args.map((text) => inFlight.take(call(text), flight))).toEqual([true, false, true]);
  });

  test('finding 17: weigh all that they carry, links and headers included, in bytes', () => {
    const link = [{ id: 'l', name: 'add', args: 'x'.repeat(100), immutable: true, options: null }];
    const options = [{ link }, { headers: 'x'.repeat(150) }, { argsRepr: '語'.repeat(50) }];
    for (const one of options)
      expect(new InFlight(LIMITS).take(['1', 'add', '', one, 0], { tasks: 0, bytes: 0 })).toBe(false);
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
      [expect.any(String), 0, 'OVERLOADED', 'this client has too many calls in flight', 500],
    ]);
    expect(refusals).toContain('OVERLOADED');
    engine.commit();
    caller.emit('submit', [['again', 'add', '[]', null, 0]]);
    for (let answered = ''; answered !== 'again'; )
      answered = ((await caller.next('receipts')) as [[string][]])[0].at(-1)?.[0] ?? '';
  });
});
