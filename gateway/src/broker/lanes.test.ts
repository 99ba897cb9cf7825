import { describe, expect, test } from 'vitest';
import { submitted } from '../../test/records.ts';
import type { Lane } from '../core/lane.ts';
import { lease } from '../core/transitions.ts';
import { Lanes } from './lanes.ts';

const ADD: Lane = { queue: 'default', name: 'add', kind: 'fresh' };
const MUL: Lane = { queue: 'default', name: 'mul', kind: 'fresh' };

function claimed(lane: Lane, count: number) {
  return Array.from({ length: count }, () => ({
    ...lease(submitted({ queue: lane.queue }, { name: lane.name }), {
      session: 's',
      worker: 'w',
      nonce: 'n',
    }),
    trialMs: lane.kind === 'suspect' ? 0 : null,
    deliveries: 0,
  }));
}

describe('what is believed of a lane', () => {
  test('is nothing at first', () => {
    const lanes = new Lanes(() => true);
    expect(lanes.isEmpty(ADD)).toBe(true);
    expect([...lanes.filled()]).toEqual([]);
    expect(lanes.readyIn([ADD, MUL])).toBe(0);
  });

  test('is what was added, for each lane apart', () => {
    const lanes = new Lanes(() => true);
    lanes.add(ADD, 3);
    lanes.add(MUL);
    lanes.add(ADD);
    expect(lanes.readyIn([ADD])).toBe(4);
    expect(lanes.readyIn([ADD, MUL])).toBe(5);
    expect(lanes.readyIn([{ ...ADD, kind: 'suspect' }])).toBe(0);
  });

  test('becomes less by what a claim brought', () => {
    const lanes = new Lanes(() => true);
    lanes.add(ADD, 3);
    lanes.claiming([ADD])(claimed(ADD, 2), false);
    expect(lanes.readyIn([ADD])).toBe(1);
    lanes.claiming([ADD])(claimed(ADD, 1), false);
    expect(lanes.isEmpty(ADD)).toBe(true);
  });

  test('is corrected by a claim that came back short', () => {
    const lanes = new Lanes(() => true);
    lanes.add(ADD, 3);
    lanes.add(MUL, 2);
    lanes.claiming([ADD, MUL])(claimed(ADD, 1), true);
    expect([...lanes.filled()]).toEqual([]);
  });

  test('keeps what was added while a short claim was under way', () => {
    const lanes = new Lanes(() => true);
    lanes.add(ADD, 3);
    const cameBack = lanes.claiming([ADD]);
    lanes.add(ADD, 2);
    cameBack(claimed(ADD, 1), true);
    expect(lanes.readyIn([ADD])).toBe(2);
  });

  test('keeps what was added after the lane was emptied, when an older claim comes back short', () => {
    const lanes = new Lanes(() => true);
    lanes.add(ADD, 1);
    const first = lanes.claiming([ADD]);
    const second = lanes.claiming([ADD]);
    first(claimed(ADD, 1), false);
    lanes.add(ADD, 1);
    second([], true);
    expect(lanes.readyIn([ADD])).toBe(1);
  });
});

describe('lanes that nobody serves', () => {
  function setup() {
    const served = new Set<string>();
    const lanes = new Lanes(({ queue }) => served.has(queue));
    return { served, lanes, offer: { queues: served, names: new Set(['add']) } };
  }

  test('finding 5: are not known of, however many there are', () => {
    const { served, lanes } = setup();
    served.add('default');
    for (let count = 0; count < 30_000; count++) lanes.add({ ...ADD, queue: `q${count}` });
    expect(lanes.add({ ...ADD, queue: 'another' })).toBe(false);
    expect(lanes.add(ADD)).toBe(true);
    expect([...lanes.filled()]).toEqual([ADD]);
  });

  test('are forgotten when the last who served them has left, and those of others stay', () => {
    const { served, lanes, offer } = setup();
    served.add('default').add('other');
    const other = { ...ADD, queue: 'other' };
    lanes.add(ADD);
    lanes.add(MUL);
    lanes.add(other);
    served.delete('default');
    lanes.leave({ queues: new Set(['default']), names: new Set(['add', 'mul']) });
    expect([...lanes.filled()]).toEqual([other]);
    lanes.leave(offer);
    expect([...lanes.filled()]).toEqual([other]);
  });

  test('are not thought empty until it is known what waits there', () => {
    const { served, lanes, offer } = setup();
    served.add('default');
    const answered = lanes.asking(offer);
    expect([lanes.isEmpty(ADD), lanes.isEmpty(MUL)]).toEqual([false, true]);
    lanes.add(ADD);
    answered([{ lane: ADD, count: 2 }]);
    expect(lanes.readyIn([ADD])).toBe(3);
    lanes.asking(offer)([]);
    expect(lanes.isEmpty({ ...ADD, kind: 'suspect' })).toBe(true);
  });

  test('keep what was found there anew, when a claim comes back that was sent before', () => {
    const { served, lanes, offer } = setup();
    served.add('default');
    lanes.add(ADD);
    const cameBack = lanes.claiming([ADD]);
    served.delete('default');
    lanes.leave({ queues: new Set(['default']), names: new Set(['add']) });
    served.add('default');
    lanes.asking(offer)([{ lane: ADD, count: 1 }]);
    cameBack(claimed(ADD, 1), true);
    expect(lanes.readyIn([ADD])).toBe(1);
  });
});
