import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { LaneTable } from './lane-table.ts';
import { READY, UNROUTED } from './layout.ts';
import { SCHEMA } from './schema.ts';

let db: DatabaseSync;
let lanes: LaneTable;
beforeEach(() => {
  db = new DatabaseSync(':memory:');
  db.exec(SCHEMA);
  lanes = new LaneTable(db);
});

function rows(): number {
  return Number(db.prepare('SELECT count(*) AS count FROM lanes').get()?.['count']);
}

/** A task comes to each of so many queues, and goes. */
function pass(count: number, phase = READY): void {
  for (let queue = 0; queue < count; queue++) {
    const number = lanes.number([`q${queue}`, 'add', 0]);
    lanes.enter(number, phase);
    lanes.leave(number, phase);
  }
}

describe('finding 5: lanes that nobody waits in', () => {
  it('keep few rows when a commit comes, and none when they are swept', () => {
    pass(1_000);
    expect([rows(), lanes.filled]).toEqual([1_000, 0]);
    lanes.trim();
    expect(rows()).toBe(64);
    expect(lanes.sweep()).toBe(true);
    expect(rows()).toBe(0);
    expect(lanes.sweep()).toBe(false);
    expect(new Map(lanes.takeCounts()).get('q7')).toBe(0);
    expect(lanes.takeCounts()).toEqual([]);
  });

  it('leave alone those that somebody waits in, and give no number twice', () => {
    const kept = lanes.number(['kept', 'add', 0]);
    lanes.enter(kept, READY);
    pass(3);
    lanes.sweep();
    const next = lanes.number(['next', 'add', 1]);
    expect(next).not.toBe(kept);
    expect([rows(), lanes.filled]).toEqual([2, 1]);
    expect(lanes.lane(kept)).toEqual(['kept', 'add', 0]);
  });

  it('are not looked through for tasks that nobody has defined, nor for those of a worker that comes', () => {
    pass(100, UNROUTED);
    expect(lanes.unrouted('add')).toEqual([]);
    const here = lanes.number(['q7', 'add', 0]);
    lanes.enter(here, UNROUTED);
    lanes.enter(lanes.number(['q8', 'add', 0]), READY);
    lanes.enter(lanes.number(['q7', 'mul', 0]), READY);
    expect(lanes.unrouted('add')).toEqual([here]);
    lanes.leave(here, UNROUTED);
    const there = lanes.number(['q9', 'add', 0]);
    for (const lane of [there, here]) lanes.enter(lane, UNROUTED);
    expect(lanes.unrouted('add')).toEqual([here, there]);
    lanes.leave(there, UNROUTED);
    expect([...lanes.among(['q7', 'q9'], ['add', 'sub'])]).toEqual([here]);
    expect([...lanes.waitingIn('q7', 1)]).toEqual([here]);
  });
});
