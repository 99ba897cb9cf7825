import { type Reason, TASK_STATES } from '@celeriac/protocol';
import type { WireHistoryEntry } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CellFields, fromCell, toCell } from './cell.ts';

const entry: fc.Arbitrary<WireHistoryEntry> = fc.tuple(
  fc.constantFrom(...TASK_STATES),
  fc.constantFrom<Reason>('submitted', 'worker-lost', 'timed-out', 'poisoned', 'ignored'),
  fc.integer({ min: 0, max: 2 ** 45 }),
  fc.nat(),
  fc.option(fc.string({ unit: 'binary' }), { nil: null }),
);

describe('a cell', () => {
  it('gives back what was written', () => {
    const fields: fc.Arbitrary<CellFields> = fc.record({
      state: fc.constantFrom(...TASK_STATES),
      retries: fc.nat(),
      deliveries: fc.nat(),
      requeues: fc.nat(),
      trialMs: fc.option(fc.nat()),
      children: fc.array(fc.string({ unit: 'binary' })),
      chunks: fc.nat(),
      history: fc.record({ entries: fc.array(entry), omitted: fc.nat() }),
      bodyForm: fc.constantFrom<CellFields['bodyForm']>(0, 1),
    });
    fc.assert(
      fc.property(fields, (cell) => {
        expect(fromCell(toCell(cell, cell.bodyForm))).toEqual(cell);
      }),
    );
  });

  it('is what files hold: a change of this text needs a new schema version', () => {
    const history: readonly WireHistoryEntry[] = [
      ['PENDING', 'submitted', 1_000, 0, null],
      ['STARTED', 'started', 1_001, 1, 'one'],
      ['RETRY', 'retry', 1_002, 1, 'one'],
      ['FAILURE', 'poisoned', 1_003, 2, 'two'],
    ];
    const fields = {
      state: 'FAILURE',
      retries: 1,
      deliveries: 2,
      requeues: 3,
      trialMs: 5,
      history: { entries: history, omitted: 4 },
    } as const;
    const text = '[4,1,2,3,6,1,4,["one","two"],1000,0,0,0,0,-1,1,1,1,1,0,2,4,2,1,0,4,13,3,2,1';
    expect(toCell({ ...fields, children: [], chunks: 0 }, 1)).toBe(`${text}]`);
    expect(toCell({ ...fields, children: ['a', 'b'], chunks: 0 }, 1)).toBe(`${text},["a","b"]]`);
    expect(toCell({ ...fields, children: [], chunks: 7 }, 1)).toBe(`${text},[],7]`);
  });

  it('refuses a word from a later version', () => {
    expect(() => fromCell('[99,0,0,0,0,0,0,[],0]')).toThrow('99');
  });
});
