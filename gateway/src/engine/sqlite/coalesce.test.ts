import { describe, expect, it } from 'vitest';
import { complete, lease, release, start } from '../../core/transitions.ts';
import { change, NOW, task } from '../conformance/tasks.ts';
import type { TaskChange } from '../engine.ts';
import { type Chain, coalesce, type StoreCall } from './coalesce.ts';

const leased = (id: string, key: number) =>
  lease({ ...task(id), key }, { session: 's', worker: 'w', nonce: `nonce of ${id}` });
const claimed = leased('a', 1);
const running = start(claimed, NOW);
const ended = complete(running, '4', NOW);
const begin = change(claimed, running, false);
const finish = change(running, ended);
const other = change(leased('b', 2), start(leased('b', 2), NOW), false);

const advance = (...changes: readonly TaskChange[]): StoreCall => ({ verb: 'advance', changes });
const written = (calls: readonly StoreCall[]): readonly (readonly (readonly TaskChange[])[])[] =>
  coalesce(calls).chains.map((chains: readonly Chain[]) => chains.map((chain) => chain.changes));

describe('coalesce', () => {
  it('joins a start and its outcome, in one call or in two, where the outcome stands', () => {
    expect(written([advance(begin, finish)])).toEqual([[[begin, finish]]]);
    expect(written([advance(begin, other), advance(finish)])).toEqual([[[other]], [[begin, finish]]]);
  });

  it('joins across verbs to which a held task is nothing', () => {
    expect(
      written([advance(begin), { verb: 'other' }, { verb: 'insert', ids: ['b'] }, advance(finish)]),
    ).toEqual([[], [], [], [[begin, finish]]]);
  });

  it.each([
    ['a get', { verb: 'get', ids: ['b', 'a'] }],
    ['an insert of the same id', { verb: 'insert', ids: ['a'] }],
  ] as const)('does not join across %s', (_, between) => {
    expect(written([advance(begin), between, advance(finish)])).toEqual([[[begin]], [], [[finish]]]);
  });

  it('does not join across a state in which others may take the task', () => {
    const back = release(claimed, NOW);
    const again = lease(back, { session: 's', worker: 'w', nonce: 'again' });
    expect(written([advance(change(claimed, back), change(back, again))])).toEqual([
      [[change(claimed, back)], [change(back, again)]],
    ]);
  });

  it('ends a chain with what spawns tasks, which is written where it stands', () => {
    const spawning = { ...begin, spawn: [task('child')] };
    expect(written([advance(spawning), { verb: 'other' }, advance(finish)])).toEqual([
      [[spawning]],
      [],
      [[finish]],
    ]);
    const last = { ...finish, spawn: [task('child')] };
    expect(written([advance(begin, other, last)])).toEqual([[[other], [begin, last]]]);
  });

  it('does not join what was decided on something else', () => {
    const elsewhere = { ...running, version: running.version + 7 };
    const late = change(elsewhere, complete(elsewhere, '5', NOW));
    expect(written([advance(begin), advance(late)])).toEqual([[[begin]], [[late]]]);
    const foreign = { ...running, lease: { session: 's', worker: 'w', nonce: 'foreign' } };
    const stolen = change(foreign, complete(foreign, '5', NOW));
    expect(written([advance(begin, stolen)])).toEqual([[[begin], [stolen]]]);
  });

  it('says for each change where its verdict will be', () => {
    const { chains, places } = coalesce([advance(begin, other), { verb: 'other' }, advance(finish)]);
    expect(places.map((found) => found.map(({ position }) => position))).toEqual([[0, 0], [], [1]]);
    expect(places[0]?.[0]?.chain).toBe(chains[2]?.[0]);
    expect(places[2]?.[0]?.chain).toBe(chains[2]?.[0]);
    expect(places[0]?.[1]?.chain).toBe(chains[0]?.[0]);
  });
});
