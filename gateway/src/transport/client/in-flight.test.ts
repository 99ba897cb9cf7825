import { DEFAULT_LIMITS, jsonBytes, type SubmitItem } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startGateway } from '../../../test/gateway-setup.ts';
import { SlowEngine } from '../../../test/slow-engine.ts';
import { MemoryEngine } from '../../engine/memory/memory-engine.ts';
import { type Flight, InFlight } from './in-flight.ts';

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

  test('make all of their room again once every frame has landed', () => {
    const frame = fc.array(fc.nat(80), { minLength: 1, maxLength: 4 });
    const step = fc.oneof(
      frame.map((sizes) => ({ sizes })),
      fc.nat(5).map((lands) => ({ lands })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const inFlight = new InFlight(LIMITS);
        const flights: Flight[] = [];
        for (const one of steps) {
          if ('lands' in one) {
            for (const landed of flights.splice(one.lands, 1)) inFlight.land(landed);
            continue;
          }
          const flight = { tasks: 0, bytes: 0 };
          flights.push(flight);
          for (const size of one.sizes) {
            const item = call('x'.repeat(size));
            const [tasks, bytes] = flights.reduce(([sum, all], f) => [sum + f.tasks, all + f.bytes], [0, 0]);
            const fits = tasks < LIMITS.inFlightTasks && bytes + jsonBytes(item) <= LIMITS.inFlightBytes;
            expect(inFlight.take(item, flight)).toBe(fits);
          }
        }
        for (const flight of flights) inFlight.land(flight);
        // One as large as all that may be on its way.
        const whole = call('x'.repeat(LIMITS.inFlightBytes - jsonBytes(call(''))));
        const last = { tasks: 0, bytes: 0 };
        expect(inFlight.take(whole, last)).toBe(true);
        inFlight.land(last);
        expect([1, 2, 3].map(() => inFlight.take(call(''), last))).toEqual([true, true, false]);
      }),
    );
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
