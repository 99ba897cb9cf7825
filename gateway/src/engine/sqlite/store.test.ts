import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lease, start } from '../../core/transitions.ts';
import { NOW, task } from '../conformance/tasks.ts';
import { toAskRow, toNewRow, toUpdateRow } from './codec.ts';
import type { StoreOptions } from './operations.ts';
import { Reserve } from './reserve.ts';
import { SqliteStore } from './store.ts';

let folder: string;
let options: StoreOptions;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'celeriac-store-'));
  options = {
    file: join(folder, 'store.db'),
    epoch: 'epoch',
    secret: 'secret',
    maxPages: null,
    reserveBytes: 0,
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

const OTHER = { queue: 'other', name: 'add', kind: 'fresh' } as const;
const ASK = { session: 's', worker: 'w', lanes: [OTHER], limit: 1, seed: 'seed' };

describe('a transaction that is undone', () => {
  it('is forgotten in memory too, so that the same requests have the same answers again', () => {
    const store = new SqliteStore(options);
    store.begin();
    store.execute(['insert', [toNewRow(task('kept'))], true]);
    store.commit();
    const other = { options: { queue: 'other' } };
    const rows = [task('a'), task('b', other), task('c', other)].map(toNewRow);
    const run = () => {
      store.begin();
      const keys = store.execute(['insert', rows, true]);
      return [keys, store.execute(['claim', [toAskRow(ASK)], NOW])];
    };
    const first = run();
    store.rollback();
    expect(new Map(store.takeCounts())).toEqual(
      new Map([
        ['default', 1],
        ['other', 0],
      ]),
    );
    expect(run()).toEqual(first);
    store.commit();
    store.close();

    // A lane that was made in it has its row.
    const again = new SqliteStore(options);
    expect(again.opened()).toMatchObject({
      held: [expect.anything()],
      waiting: expect.arrayContaining([
        ['default', 2],
        ['other', 1],
      ]),
    });
    again.close();
  });
});

it('leases what it was told of before by its key alone, and alike where that is undone', () => {
  const store = new SqliteStore(options);
  store.begin();
  store.execute(['insert', [toNewRow(task('a', { options: { queue: 'other' } }))], true]);
  store.commit();
  const run = () => {
    store.begin();
    const claimed = store.execute(['claim', [toAskRow(ASK)], NOW]);
    const leased = lease({ ...task('a'), key: 1 }, { session: 's', worker: 'w', nonce: 'seed.0' });
    return [
      claimed,
      store.execute(['advance', [toUpdateRow(leased, start(leased, NOW), [leased], undefined)], false]),
    ];
  };
  expect(run()).toEqual([[[[1, 'seed.0']]], [0]]);
  store.rollback();
  expect(run()).toEqual([[[[1, 'seed.0']]], [0]]);
  store.commit();
  store.close();
});

describe('the reserve', () => {
  const BYTES = 3_000_000;

  it('takes its room, gives it up once, and takes it again', () => {
    const reserve = new Reserve(options.file, BYTES);
    expect(reserve.release()).toBe(false);
    expect(reserve.fill()).toBe(true);
    expect(statSync(`${options.file}-reserve`).size).toBe(BYTES);
    expect(reserve.release()).toBe(true);
    expect(statSync(`${options.file}-reserve`, { throwIfNoEntry: false })).toBe(undefined);
    expect(reserve.release()).toBe(false);
    expect(reserve.fill()).toBe(true);
  });

  it('is found again by the next process', () => {
    new Reserve(options.file, BYTES).fill();
    const next = new Reserve(options.file, BYTES);
    expect(next.fill()).toBe(true);
    expect(next.release()).toBe(true);
  });

  it('is not made where it would take all that there is', () => {
    const reserve = new Reserve(options.file, 2 ** 52);
    expect(reserve.fill()).toBe(false);
    expect(reserve.release()).toBe(false);
  });

  it('can be none', () => {
    const reserve = new Reserve(options.file, 0);
    expect(reserve.fill()).toBe(true);
    expect(reserve.release()).toBe(false);
  });
});
