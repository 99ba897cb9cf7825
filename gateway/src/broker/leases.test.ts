import fc from 'fast-check';
import { expect, test } from 'vitest';
import { submitted } from '../../test/records.ts';
import type { StoredTask } from '../core/record.ts';
import { lease } from '../core/transitions.ts';
import { Leases } from './leases.ts';

const NAMES = ['add', 'mul'];
const NUMBERS = [0, 1, 3, 4];
/** Of tasks 0 and 1 a lease each that was promised; of the others those that one claim brings. */
const nonceOf = (number: number): string => (number < 3 ? `promised.${number}` : `claim.1.${number}`);
const sourceOf = (number: number): string => (number < 3 ? nonceOf(number) : 'claim.1');

function leased(number: number): StoredTask {
  const record = submitted({}, { id: `t${number}`, name: NAMES[number % 2] ?? '' });
  return lease(record, { session: 's1', worker: 'w1', nonce: nonceOf(number) });
}

const what = fc.constantFrom(
  'expected',
  'held',
  'dropped',
  'began',
  'showed',
  'cut',
  'came',
  'brought nothing',
);

test('nothing is held, counted, awaited or cut once everything has come and was let go', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(what, fc.constantFrom(...NUMBERS)), { maxLength: 50, size: 'max' }),
      (steps) => {
        let freed = 0;
        const leases = new Leases(() => {
          freed += 1;
        });
        const coming = new Set<string>();
        let dropped = 0;
        for (const [step, number] of steps) {
          const held = leases.find(nonceOf(number));
          if (step === 'expected' && held === undefined) {
            leases.expect(sourceOf(number));
            coming.add(sourceOf(number));
          } else if (step === 'held') {
            leases.hold(leased(number));
            coming.delete(nonceOf(number));
          } else if (step === 'dropped' && held !== undefined) {
            leases.drop(held);
            leases.drop(held);
            dropped += 1;
          } else if (step === 'began' && held !== undefined) leases.begin(held, number);
          else if (step === 'showed' && held !== undefined) held.progress = ['DOING', '1'];
          else if (step === 'cut' && held === undefined)
            expect(leases.cut(nonceOf(number))).toBe(coming.has(sourceOf(number)));
          else if (step === 'came' || step === 'brought nothing') {
            // With its task, or without: that was not inserted, or not claimed.
            if (step === 'came' && coming.has(sourceOf(number))) leases.hold(leased(number));
            leases.arrived(sourceOf(number));
            coming.delete(sourceOf(number));
          }
          const all = [...leases.all()];
          expect(leases.size).toBe(all.length);
          for (const name of NAMES)
            expect(leases.countOf(name)).toBe(all.filter(({ record }) => record.name === name).length);
          for (const one of all) expect(leases.findTask(one.record.id)).toBe(one);
        }
        for (const number of NUMBERS) leases.arrived(sourceOf(number));
        for (const held of [...leases.all()]) {
          leases.drop(held);
          dropped += 1;
        }
        expect([leases.size, ...NAMES.map((name) => leases.countOf(name))]).toEqual([0, 0, 0]);
        expect(freed).toBe(dropped);
        for (const number of NUMBERS) {
          expect(leases.findTask(`t${number}`)).toBeUndefined();
          expect(leases.cut(nonceOf(number))).toBe(false);
          // Whatever was cut is forgotten with what it was to come with.
          expect(leases.hold(leased(number))).toBeDefined();
        }
      },
    ),
    { numRuns: 300 },
  );
});
