import { FOREIGN_WATCHES } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import type { GatewaySession, RecordStanding } from '../record/changes.ts';
import { historyLines } from '../record/facts.ts';
import { TaskRecord } from '../record/task-record.ts';
import { progress, snapshot, transition, unknown } from '../test/fake-gateway.ts';
import { Watches } from './watches.ts';

const SESSION: GatewaySession = { epoch: 'epoch-1' };
const LATER: GatewaySession = { epoch: 'epoch-1' };
const ELSEWHERE: GatewaySession = { epoch: 'epoch-2' };
const hold = { acquire() {}, release() {} };
let watches: Watches;
beforeEach(() => {
  watches = new Watches(() => {});
});

function record(id: string, standing: RecordStanding = 'unconfirmed'): TaskRecord {
  return new TaskRecord(id, 'add', standing, hold);
}

function accepted(id: string, session: GatewaySession = SESSION): TaskRecord {
  const own = record(id);
  watches.addOwn(own);
  own.accept([id, 1, 'default', true, 1_000], session);
  return own;
}

function foreign(id: string): TaskRecord {
  const one = record(id, 'foreign');
  watches.addForeign(one);
  return one;
}

test('our own call is watched by its submit: nothing is asked', () => {
  const own = accepted('a');
  watches.applyEvent(transition('a', 2, 'STARTED'), SESSION);
  expect(own.facts.state).toBe('STARTED');
  expect(watches.takeAsks(SESSION.epoch)).toEqual([]);
});

test('drops an event that it has seen', () => {
  const own = accepted('a');
  const started = transition('a', 2, 'STARTED');
  watches.applyEvent(started, SESSION);
  watches.applyEvent(started, SESSION);
  watches.applyEvent(transition('a', 1, 'PENDING', { reason: 'submitted' }), SESSION);
  expect(own.facts.sequence).toBe(2);
});

test('asks again after a gap, once, and goes on from the answer', () => {
  const own = accepted('a');
  watches.applyEvent(transition('a', 3, 'RETRY'), SESSION);
  expect(own.facts.state).toBe('PENDING');
  expect(watches.takeAsks(SESSION.epoch)).toEqual([{ epoch: SESSION.epoch, tasks: [['a', 1, 1_000]] }]);
  watches.applyEvent(transition('a', 4, 'STARTED'), SESSION);
  expect(watches.takeAsks(SESSION.epoch)).toEqual([]);
  watches.applySnapshot(
    snapshot('a', {
      sequence: 4,
      state: 'STARTED',
      from: 1,
      history: [
        ['STARTED', 'started', 2_000, 1, 'w1'],
        ['RETRY', 'retry', 3_000, 1, 'w1'],
        ['STARTED', 'started', 4_000, 2, 'w1'],
      ],
    }),
    SESSION,
  );
  expect(own.facts.state).toBe('STARTED');
  watches.applyEvent(transition('a', 5, 'SUCCESS', { body: '4' }), SESSION);
  expect(own.ended).toBe(true);
});

test('a progress from beyond a gap is a gap as well, one from before is dropped', () => {
  const own = accepted('a');
  watches.applyEvent(progress('a', 2, 'PROGRESS', 1), SESSION);
  expect(watches.takeAsks(SESSION.epoch)).toHaveLength(1);
  watches.applyEvent(transition('a', 2, 'STARTED'), SESSION);
  watches.applyEvent(progress('a', 1, 'PROGRESS', 1), SESSION);
  expect(own.facts.progress).toBeNull();
});

test('lets a record go when its task has ended', () => {
  const own = accepted('a');
  watches.applyEvent(transition('a', 2, 'SUCCESS', { body: '4' }), SESSION);
  expect(watches.has(own)).toBe(false);
  expect(watches.takeReleases()).toEqual([]);
});

test('a new session asks for what was accepted or is foreign, by store and sequence', () => {
  const own = accepted('own');
  watches.applyEvent(transition('own', 2, 'STARTED'), SESSION);
  watches.addOwn(record('unconfirmed'));
  foreign('new');
  const known = foreign('known');
  watches.applySnapshot(snapshot('known', { sequence: 1 }), SESSION);
  watches.takeAsks(SESSION.epoch);
  watches.resume();
  expect(watches.takeAsks(SESSION.epoch)).toEqual([
    {
      epoch: SESSION.epoch,
      tasks: [
        ['own', 2, 2_000],
        ['known', 1, 1_000],
      ],
    },
    { epoch: null, tasks: [['new', 0]] },
  ]);
  expect([own.facts.sequence, known.facts.sequence]).toEqual([2, 1]);
});

test('in another store others are asked for from nothing, ours are looked up first; events wait for the answer', () => {
  const own = accepted('own');
  const other = foreign('other');
  watches.applySnapshot(snapshot('other'), SESSION);
  watches.resume();
  expect(watches.takeAsks('epoch-2')).toEqual([{ epoch: null, tasks: [['other', 0]] }]);
  expect(watches.takeOfEarlierStore()).toEqual([own]);
  expect(watches.takeOfEarlierStore()).toEqual([]);
  for (const id of ['own', 'other']) watches.applyEvent(transition(id, 2, 'STARTED'), ELSEWHERE);
  expect([own.facts.state, other.facts.state]).toEqual(['PENDING', 'PENDING']);
  for (const id of ['own', 'other']) watches.applySnapshot(snapshot(id, { sequence: 1 }), ELSEWHERE);
  watches.ask(own);
  // The answer of the other one does not have what came before it.
  expect(watches.takeAsks('epoch-2')).toEqual([
    {
      epoch: 'epoch-2',
      tasks: [
        ['other', 1, 1_000],
        ['own', 1, 1_000],
      ],
    },
  ]);
  watches.applyEvent(transition('own', 2, 'STARTED'), ELSEWHERE);
  expect(own.facts.state).toBe('STARTED');
});

test('an accepted task that the gateway does not know is lost; a foreign one is merely unknown', () => {
  const own = accepted('own');
  const other = foreign('other');
  expect(watches.applySnapshot(unknown('own'), ELSEWHERE)).toEqual([[own, 'lost']]);
  expect(watches.applySnapshot(unknown('other'), ELSEWHERE)).toEqual([]);
  expect(watches.has(other)).toBe(true);
  // It is submitted later, by somebody else.
  watches.applyEvent(transition('other', 1, 'PENDING', { reason: 'submitted' }), ELSEWHERE);
  expect(other.facts.known).toBe(true);
});

test('"unknown" says nothing about a call without a receipt', () => {
  const own = record('a');
  watches.addOwn(own);
  expect(watches.applySnapshot(unknown('a'), SESSION)).toEqual([]);
  expect(watches.has(own)).toBe(true);
});

test('a snapshot that events have overtaken changes nothing', () => {
  const own = accepted('a');
  watches.applyEvent(transition('a', 2, 'STARTED'), SESSION);
  watches.applySnapshot(snapshot('a', { sequence: 1 }), SESSION);
  expect(own.facts.state).toBe('STARTED');
});

test('a snapshot of a later session replaces what was heard before, also with less', () => {
  const own = accepted('own');
  const other = foreign('other');
  watches.applySnapshot(snapshot('other', { sequence: 3, state: 'RETRY' }), SESSION);
  watches.applyEvent(transition('own', 2, 'STARTED'), SESSION);
  watches.resume();
  expect(watches.applySnapshot(snapshot('own'), LATER)).toEqual([[own, 'replaced']]);
  expect(watches.applySnapshot(unknown('other'), LATER)).toEqual([[other, 'replaced']]);
  expect([own, other].map(({ facts }) => [facts.known, facts.sequence, facts.state])).toEqual([
    [true, 1, 'PENDING'],
    [false, 0, 'PENDING'],
  ]);
  watches.applyEvent(transition('own', 2, 'SUCCESS', { body: '4' }), LATER);
  expect(own.ended).toBe(true);
});

test('events of a later session wait for its answer, which is asked for again where it is older than they are', () => {
  const own = accepted('a');
  watches.resume();
  watches.takeAsks(SESSION.epoch);
  watches.applyEvent(transition('a', 2, 'STARTED'), LATER);
  watches.applyEvent(transition('a', 3, 'SUCCESS', { body: '4' }), LATER);
  expect(own.facts.sequence).toBe(1);
  watches.applySnapshot(
    snapshot('a', {
      sequence: 2,
      state: 'STARTED',
      from: 1,
      history: [['STARTED', 'started', 2_000, 1, 'w1']],
    }),
    LATER,
  );
  expect(watches.takeAsks(SESSION.epoch)).toEqual([{ epoch: SESSION.epoch, tasks: [['a', 2, 2_000]] }]);
});

test('several handles of one task are all told; the gateway is let go with the last', () => {
  const first = foreign('a');
  const second = foreign('a');
  const third = foreign('a');
  watches.applySnapshot(snapshot('a'), SESSION);
  watches.applyEvent(transition('a', 2, 'STARTED'), SESSION);
  expect([first, second, third].map((one) => one.facts.state)).toEqual(['STARTED', 'STARTED', 'STARTED']);
  watches.remove(first, true);
  watches.remove(third, true);
  expect(watches.takeReleases()).toEqual([]);
  watches.applyEvent(progress('a', 2, 'PROGRESS', 1), SESSION);
  expect(second.facts.progress).not.toBeNull();
  watches.remove(second, true);
  expect(watches.takeReleases()).toEqual([['a']]);
  expect(watches.size).toBe(0);
});

test('a watch that is taken up again in the same turn is not let go', () => {
  const first = foreign('a');
  watches.remove(first, true);
  foreign('a');
  expect(watches.takeReleases()).toEqual([]);
});

test("takes no answer to another handle's question: it begins where that one stood", () => {
  const own = accepted('a');
  watches.applyEvent(transition('a', 2, 'STARTED'), SESSION);
  watches.resume();
  const other = foreign('a');
  expect(watches.takeAsks(SESSION.epoch)).toEqual([
    { epoch: SESSION.epoch, tasks: [['a', 2, 2_000]] },
    { epoch: null, tasks: [['a', 0]] },
  ]);
  const history = [
    ['PENDING', 'submitted', 1_000, 0, null],
    ['STARTED', 'started', 2_000, 1, 'w1'],
    ['SUCCESS', 'completed', 3_000, 1, 'w1'],
  ] as const;
  const end = { sequence: 3, state: 'SUCCESS', body: '4' } as const;
  watches.applySnapshot(snapshot('a', { ...end, from: 2, history: history.slice(2) }), SESSION);
  expect([own.ended, other.ended]).toEqual([true, false]);
  expect(watches.byRight()).toEqual([other]);
  watches.applySnapshot(snapshot('a', { ...end, from: 0, history }), SESSION);
  expect(historyLines(other.facts)).toEqual(history);
});

test('asks for no more at a time than a gateway answers, and goes on when half is answered', () => {
  let told = 0;
  watches = new Watches(() => told++, 4);
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  for (const id of ids) accepted(id);
  watches.resume();
  const asks = () => watches.takeAsks(SESSION.epoch).flatMap(({ tasks }) => tasks.map(([id]) => id));
  const answer = (id: string) => watches.applySnapshot(snapshot(id, { sequence: 1 }), SESSION);
  expect([asks(), asks()]).toEqual([['a', 'b', 'c', 'd'], []]);
  answer('a');
  expect([told, asks()]).toEqual([0, []]);
  answer('b');
  expect([told, asks()]).toEqual([1, ['e', 'f']]);
  watches.askAgain();
  expect(told).toBe(2);
  expect(asks()).toEqual(['g', 'c', 'd', 'e']);
  for (const id of ['g', 'c']) answer(id);
  expect(told).toBe(3);
  expect(asks()).toEqual(['f']);
  for (const id of ['d', 'e', 'f']) answer(id);
  expect([told, asks()]).toEqual([3, []]);
});

const ID = fc.constantFrom('a', 'b', 'c');
const watchStep = fc.oneof(
  fc.tuple(fc.constantFrom('own', 'foreign', 'events', 'ends', 'snapshot', 'unknown'), ID),
  fc.tuple(fc.constantFrom('leaves', 'leaves untold'), fc.nat(20)),
  fc.tuple(fc.constantFrom('asks', 'asks again', 'session', 'store'), fc.constant(0)),
);

test('follows nothing and asks nothing once every record has ended or was let go', () => {
  fc.assert(
    fc.property(fc.array(watchStep, { maxLength: 50, size: 'max' }), fc.boolean(), (steps, ends) => {
      let told = false;
      const all = new Watches(() => {
        told = true;
      }, 4);
      const records: TaskRecord[] = [];
      let session: GatewaySession = SESSION;
      const ask = (): number => {
        const frames = all.takeAsks(session.epoch);
        all.takeOfEarlierStore();
        all.takeReleases();
        return frames.reduce((sum, { tasks }) => sum + tasks.length, 0);
      };
      const sequenceOf = (id: string): number =>
        records.findLast((one) => one.id === id && all.has(one))?.facts.sequence ?? 0;
      for (const [what, which] of steps) {
        const id = String(which);
        if (what === 'own' || what === 'foreign') {
          const one = record(id, what === 'own' ? 'unconfirmed' : 'foreign');
          records.push(one);
          if (what === 'own') all.addOwn(one);
          else all.addForeign(one);
          if (what === 'own') one.accept([id, 1, 'default', true, 1_000], session);
        } else if (what === 'events' || what === 'ends')
          all.applyEvent(
            transition(id, sequenceOf(id) + 1, what === 'ends' ? 'SUCCESS' : 'STARTED'),
            session,
          );
        else if (what === 'snapshot') all.applySnapshot(snapshot(id), session);
        else if (what === 'unknown') all.applySnapshot(unknown(id), session);
        else if (what === 'asks') ask();
        else if (what === 'asks again') all.askAgain();
        else if (what === 'session' || what === 'store') {
          session = what === 'store' ? { epoch: `${records.length}` } : { ...session };
          all.resume();
        } else {
          const one = records[Number(which) % Math.max(1, records.length)];
          if (one !== undefined) all.remove(one, what === 'leaves');
        }
        expect([...all.all()].some((one) => one.ended)).toBe(false);
      }
      for (const one of [...all.all()]) {
        if (ends) {
          const end = snapshot(one.id, { state: 'SUCCESS', sequence: 99 });
          all.applySnapshot(end, session);
          // What this client has called itself may have been lost with the store: that is its owner's to see.
        }
        all.remove(one, true);
      }
      expect([all.size, [...all.all()], all.byRight()]).toEqual([0, [], []]);
      all.takeReleases();
      told = false;
      all.askAgain();
      expect([told, ask(), all.hasRoom]).toEqual([false, 0, true]);
      // Nothing of it counts as asked and unanswered: the next ones are asked about at once.
      for (const id of ['1', '2', '3', '4']) all.addForeign(record(id, 'foreign'));
      expect(ask()).toBe(4);
      for (const one of records) expect(all.has(one)).toBe(false);
    }),
  );
});

test('has room for as many of others once those it had are let go', () => {
  const others = Array.from({ length: FOREIGN_WATCHES }, (_, number) => foreign(`${number}`));
  expect(watches.hasRoom).toBe(false);
  for (const one of others) watches.remove(one, false);
  for (let number = 0; number < FOREIGN_WATCHES; number++) {
    expect(watches.hasRoom).toBe(true);
    foreign(`again ${number}`);
  }
  expect(watches.hasRoom).toBe(false);
});
