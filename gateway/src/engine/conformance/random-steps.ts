/** Random sequences of everything that can be asked of an engine, to compare two of them step by step. */
import type { TaskFilter } from '@celeriac/protocol';
import fc from 'fast-check';
import { LANE_KINDS, laneKey } from '../../core/lane.ts';
import type { StoredTask } from '../../core/record.ts';
import {
  adoptDefinition,
  clear,
  complete,
  failAttempt,
  forget,
  lose,
  release,
  requeue,
  retry,
  revokeTask,
  start,
} from '../../core/transitions.ts';
import type { Engine, LaneCount, Listing, Outdated, TaskChange } from '../engine.ts';
import { change, claimAsk, definitionOf, NOW, task, uuid } from './tasks.ts';

const IDS = [...Array.from({ length: 6 }, (_, count) => uuid(count)), 'a', 'b', '\ud800', '"'] as const;
const NAMES = ['add', 'sub', '"', '\udc00'] as const;
const QUEUES = ['default', 'other'] as const;

const id = fc.constantFrom(...IDS);
const limit = fc.constantFrom(0, 1, 2, 3, 100);
const moment = fc.integer({ min: -2, max: 8 }).map((offset) => NOW + offset);
/** Most tasks have neither a time to wait for nor one to expire at: they are to get as far as a worker. */
const seldom = fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, moment);
/** Whether a decision is made on what is no more. */
const stale = fc.nat(7).map((dice) => dice === 0);
const body = fc.constantFrom('4', '', '\udc00', 'x'.repeat(3_000));
const LANES = QUEUES.flatMap((queue) =>
  NAMES.flatMap((name) => LANE_KINDS.map((kind) => ({ queue, name, kind }))),
);
/** How much each lane may give; those without a number as much as they have. */
const most = fc.oneof(fc.constant([]), fc.array(fc.nat(2), { maxLength: LANES.length }));
const lanes = fc.oneof(fc.constant(LANES), fc.subarray(LANES));
const sample = fc.record({
  name: fc.constantFrom(...NAMES),
  args: fc.constantFrom('[2,2]', '[]', '"\ud800'),
  call: fc.constantFrom(null, { priority: 3 }, { concurrencyKey: 'k' }, { concurrencyKey: '\ud800' }),
  prepend: fc.constantFrom([], ['4'], [['text/x', '\ud800'], '"'] as const),
  lineage: fc.constantFrom(null, { rootId: 'a', parentId: '\udc00' }),
  routed: fc.nat(4).map((dice) => dice > 0),
  dueAt: seldom,
  expiresAt: seldom,
  options: fc.record(
    {
      queue: fc.constantFrom(...QUEUES),
      priority: fc.integer({ min: 0, max: 3 }),
      keyLimit: fc.integer({ min: 1, max: 2 }),
    },
    { requiredKeys: ['queue', 'priority'] },
  ),
});

const spawn = fc.tuple(fc.nat(2), fc.array(fc.tuple(id, sample), { maxLength: 2 }));

/** What a decision makes of a task in that phase. */
const moves = {
  begin: (record, at) => start(record, at),
  finish: (record, at, value) => adoptDefinition(complete(record, value, at), ['child', '\udc00']),
  break: (record, at, value) => failAttempt(record, 'error', ['text/plain', value], at),
  again: (record, at, value) => retry(record, value, at + 2, at),
  atOnce: (record, at, value) => retry(record, value, at, at),
  anew: (record, at, value) => retry(record, '{}', at + 2, at, value),
  back: (record, at) => release(record, at),
  lose: (record, at) => lose(record, at, null),
  suspect: (record, at) => lose(record, at, 5),
  clear: (record) => clear(record),
  requeue: (record, at) => requeue(record, at),
  revoke: (record, at) => revokeTask(record, 'revoked', at),
  forget: (record) => forget(record),
} satisfies Record<string, (record: StoredTask, at: number, value: string) => StoredTask>;
type Move = keyof typeof moves;

/** Which of the changes spawns, and what. */
type Spawn = readonly [
  position: number,
  readonly (readonly [id: string, sample: Parameters<typeof task>[1]])[],
];

export type RandomStep =
  | readonly ['insert', readonly (readonly [id: string, sample: Parameters<typeof task>[1]])[]]
  | readonly ['claim', Parameters<typeof claimAsk>[0][], now: number]
  | readonly [
      'advance',
      readonly (readonly [id: string, moves: readonly Move[], stale: boolean, spawn: Spawn])[],
      at: number,
      string,
      boolean,
    ]
  | readonly ['promoteDue', now: number, limit: number]
  | readonly ['expired', now: number, limit: number]
  | readonly ['unrouted', names: readonly string[]]
  | readonly ['prune', Outdated, limit: number]
  | readonly ['define', name: string]
  | readonly ['tune', name: string, keyLimit: number | null | undefined]
  | readonly ['list', filter: TaskFilter, limit: number, reach: number];

const path = fc.oneof(
  fc.constant<readonly Move[]>(['begin', 'finish']),
  fc.constant<readonly Move[]>(['begin', 'again']),
  fc.constant<readonly Move[]>(['begin', 'atOnce']),
  fc.constant<readonly Move[]>(['begin', 'anew']),
  fc.constant<readonly Move[]>(['forget']),
  fc.array(fc.constantFrom(...(Object.keys(moves) as Move[])), { minLength: 1, maxLength: 3 }),
);

const filter: fc.Arbitrary<TaskFilter> = fc.oneof(
  fc.constant({}),
  fc.constantFrom<TaskFilter>(
    { states: ['SUCCESS', 'RETRY'] },
    { queue: 'other' },
    { name: '\udc00' },
    { worker: 'two' },
    { text: '"' },
  ),
);

export const randomSteps: fc.Arbitrary<readonly RandomStep[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(
        fc.constant('insert' as const),
        fc.array(fc.tuple(id, sample), { minLength: 3, maxLength: 10, size: 'max' }),
      ),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(
        fc.constant('claim' as const),
        fc.array(fc.record({ lanes, limit, worker: fc.constantFrom('one', 'two', '\ud800'), most }), {
          maxLength: 3,
        }),
        moment,
      ),
    },
    {
      weight: 5,
      arbitrary: fc.tuple(
        fc.constant('advance' as const),
        fc.array(fc.tuple(id, path, stale, spawn), { minLength: 4, maxLength: 12, size: 'max' }),
        moment,
        body,
        fc.boolean(),
      ),
    },
    fc.tuple(fc.constant('promoteDue' as const), moment, limit),
    fc.tuple(fc.constant('expired' as const), moment, limit),
    fc.tuple(fc.constant('unrouted' as const), fc.subarray([...NAMES])),
    fc.tuple(
      fc.constant('prune' as const),
      fc.record({
        bodiesBefore: moment,
        tombstonesBefore: moment,
        surplusBefore: moment,
        tombstones: fc.integer({ min: 0, max: 3 }),
      }),
      limit,
    ),
    fc.tuple(fc.constant('define' as const), fc.constantFrom(...NAMES)),
    fc.tuple(fc.constant('tune' as const), fc.constantFrom(...NAMES), fc.constantFrom(1, 2, null, undefined)),
    fc.tuple(
      fc.constant('list' as const),
      filter,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 8 }),
    ),
  ),
  { minLength: 20, maxLength: 40, size: 'max' },
);

/** Runs steps on one engine. What it decides goes by what that engine has shown it, as a broker does. */
export class Walker {
  readonly #engine: Engine;
  readonly #known = new Map<string, StoredTask>();
  readonly #unblocked = new Map<string, number>();
  #asks = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    engine.onUnblocked((lanes) => {
      for (const { lane, count } of lanes) {
        const key = laneKey(lane);
        this.#unblocked.set(key, (this.#unblocked.get(key) ?? 0) + count);
      }
    });
  }

  /** @returns everything that the step, and a look at all tasks after it, has shown */
  async take(step: RandomStep): Promise<unknown> {
    const before = new Map(this.#known);
    const shown = await this.#act(step, before);
    const found = await this.#engine.get(IDS);
    for (const [position, record] of found.entries()) {
      const name = IDS[position] ?? '';
      if (record === undefined) this.#known.delete(name);
      else this.#known.set(name, record);
    }
    const unblocked = [...this.#unblocked].sort();
    this.#unblocked.clear();
    return { shown, found, unblocked };
  }

  /** Ends whatever goes on, and what was spawned too. */
  async endAll(): Promise<void> {
    const { tasks } = await this.#engine.list({ filter: {}, before: null, limit: 10_000, reach: 1_000_000 });
    const records = await this.#engine.get(tasks.map(({ id }) => id));
    const changes = records.flatMap((record) =>
      record === undefined || record.phase === 'ended'
        ? []
        : [change(record, revokeTask(record, 'revoked', NOW))],
    );
    await this.#engine.advance(changes).committed;
    // What waited at a gate came through it by that.
    if (changes.length > 0) await this.endAll();
  }

  async #act(step: RandomStep, known: ReadonlyMap<string, StoredTask>): Promise<unknown> {
    switch (step[0]) {
      case 'insert':
        return this.#engine.insert(step[1].map(([name, content]) => task(name, content))).committed;
      case 'claim':
        return this.#engine.claim(
          step[1].map((given) => claimAsk({ ...given, seed: `${this.#asks++}` })),
          step[2],
        );
      case 'advance':
        return this.#advance(step, known);
      case 'promoteDue':
        return this.#engine.promoteDue(step[1], step[2]);
      case 'expired':
        return this.#engine.expired(step[1], step[2]);
      case 'unrouted': {
        const found = await this.#engine.unrouted(step[1], 1_000);
        return [...found].sort((one, other) => one.key - other.key);
      }
      case 'prune':
        return this.#engine.prune(step[1], step[2]);
      case 'list':
        return this.#list(step);
      case 'define':
        return this.#engine.define([definitionOf(step[1])]).committed;
      case 'tune': {
        const settings = step[2] === undefined ? {} : { keyLimit: step[2] };
        return this.#engine.tune([[step[1], settings]]).committed;
      }
      default:
        return step satisfies never;
    }
  }

  /** Every page, and who has waited longest. */
  async #list([, filter, limit, reach]: Extract<RandomStep, readonly ['list', ...unknown[]]>) {
    const pages = [];
    let before: number | null = null;
    do {
      const page: Listing = await this.#engine.list({ filter, before, limit, reach });
      pages.push(page);
      before = page.next;
    } while (before !== null);
    const ready = await this.#engine.ready(QUEUES, ['add', '"', '\udc00']);
    return [pages, await this.#engine.oldest(QUEUES, LANES.length), byLane(ready)];
  }

  /** One call per task, all in one turn; or one call for all. */
  async #advance(
    step: Extract<RandomStep, readonly ['advance', ...unknown[]]>,
    known: ReadonlyMap<string, StoredTask>,
  ) {
    const [, tasks, at, value, apart] = step;
    const changes = tasks.flatMap(([name, steps, stale, [position, spawned]]) => {
      const decided = decide(known.get(name), steps, stale, at, value);
      return decided.map((one, index) => (index === position ? withSpawn(one, spawned) : one));
    });
    if (!apart) return this.#engine.advance(changes).committed;
    return Promise.all(changes.map((one) => this.#engine.advance([one]).committed));
  }
}

function byLane(counts: readonly LaneCount[]): unknown {
  return counts.map(({ lane, count }) => [laneKey(lane), count]).sort();
}

function withSpawn(one: TaskChange, spawned: Spawn[1]): TaskChange {
  return spawned.length === 0
    ? one
    : { ...one, spawn: spawned.map(([name, content]) => task(name, content)) };
}

/** The changes that these moves are, as far as they are legal. */
function decide(
  record: StoredTask | undefined,
  steps: readonly Move[],
  stale: boolean,
  at: number,
  value: string,
): readonly TaskChange[] {
  const changes: TaskChange[] = [];
  let from = record;
  for (const move of steps) {
    if (from === undefined || (from.phase === 'ended') !== (move === 'forget')) break;
    const seen: StoredTask = stale && changes.length === 0 ? { ...from, version: from.version - 1 } : from;
    const held = seen.phase === 'leased' || seen.phase === 'running';
    if (!held && move !== 'revoke' && move !== 'forget') break;
    if (move === 'begin' && seen.phase === 'running') break;
    const to = moves[move](seen, at, value);
    changes.push(change(seen, to, move !== 'begin'));
    from = to;
  }
  return changes;
}
