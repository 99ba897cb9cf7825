/** A revoke at any moment of a task's life, among whatever else happens: a thousand interleavings by a clock moved by hand. */

import type { RevokeVerdict } from '@celeriac/protocol';
import { type CallOptions, firstIllegalStep, isTerminal } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { setup, type World } from '../../test/broker-setup.ts';
import type { TestWorker } from '../../test/test-worker.ts';
import type { StoredTask } from '../core/record.ts';

const MOMENTS = [
  'queued',
  'scheduled',
  'being assigned',
  'assigned',
  'running',
  'retrying',
  'settled',
] as const;
type Moment = (typeof MOMENTS)[number] | 'unknown';

interface Revocation {
  readonly id: string;
  readonly moment: Moment;
  readonly verdict: RevokeVerdict;
  /** How much of the log there was when it was answered. */
  readonly answeredAt: number;
}

/** One interleaving: a broker, its workers, and what was seen of them. */
class Life {
  readonly world: World;
  readonly workers: readonly TestWorker[];
  readonly ids: string[] = [];
  readonly revocations: Revocation[] = [];
  /** Bodies that began, by task id, in order. */
  readonly begun: string[] = [];
  readonly #settled = new Set<string>();
  readonly #running = new Set<string>();
  readonly #underWay: Promise<unknown>[] = [];

  constructor(world: World, workers: readonly TestWorker[]) {
    this.world = world;
    this.workers = workers;
  }

  call(options: CallOptions): void {
    const id = `t${this.ids.length}`;
    this.ids.push(id);
    this.#goesOn(this.world.caller.calls(id, options));
  }

  revoke(which: number, terminate: boolean): void {
    const id = this.ids.at(-1 - (which % Math.max(1, this.ids.length)));
    if (id !== undefined) this.#goesOn(this.#revoke(id, terminate));
  }

  /** A worker begins, goes on with or gives back what it was given, as a real one would. */
  works(
    who: number,
    which: number,
    what: 'begin' | 'succeed' | 'fail' | 'retry' | 'retry later' | 'release',
  ): void {
    const worker = this.workers[who % this.workers.length];
    if (worker === undefined) return;
    const beginning = what === 'begin' || what === 'release';
    const fit = worker.assigned.filter(
      ([nonce]) =>
        !this.#settled.has(nonce) &&
        this.#running.has(nonce) !== beginning &&
        !(beginning && this.#isAborted(worker, nonce)),
    );
    const [nonce, id] = fit[which % Math.max(1, fit.length)] ?? [];
    if (nonce === undefined || id === undefined) return;
    if (what === 'begin') {
      this.#running.add(nonce);
      this.begun.push(id);
      this.#goesOn(worker.starts(id));
      return;
    }
    this.#settled.add(nonce);
    if (what === 'release') this.#goesOn(worker.releases(id));
    else if (what === 'succeed') this.#goesOn(worker.settles(id));
    else if (what === 'fail') this.#goesOn(worker.settles(id, ['failure', '{}']));
    else this.#goesOn(worker.settles(id, ['retry', '{}', '{}', what === 'retry' ? 0 : 1_000]));
  }

  /** Everything is answered, and workers work until nothing is left. */
  async ends(): Promise<void> {
    const { world, workers } = this;
    world.engine.answerWrites();
    world.engine.commit();
    world.engine.answerClaims();
    await Promise.all(this.#underWay);
    for (let round = 0; round < 200; round++) {
      await world.pass(1_000, ...workers);
      for (const [who, worker] of workers.entries()) {
        this.#dropAborted(worker);
        this.works(who, 0, 'begin');
        this.works(who, 0, 'succeed');
      }
      await world.turn();
      const records = await world.engine.get(this.ids);
      if (records.every((record) => record?.phase === 'ended')) break;
    }
    for (const worker of workers) this.#dropAborted(worker);
    await Promise.all(this.#underWay);
  }

  /** A worker gives back at once what was taken from it before it began. */
  #dropAborted(worker: TestWorker): void {
    for (const [nonce, id] of worker.assigned) {
      if (this.#settled.has(nonce) || !this.#isAborted(worker, nonce)) continue;
      this.#settled.add(nonce);
      this.#goesOn(this.#running.has(nonce) ? worker.settles(id) : worker.releases(id));
    }
  }

  async #revoke(id: string, terminate: boolean): Promise<void> {
    // Read as the engine has it at this very moment; the answer comes later.
    const reading = this.world.engine.get([id]);
    const given = new Set(this.workers.flatMap(({ assigned }) => assigned.map(([nonce]) => nonce)));
    const [verdict = 'unknown'] = await this.world.broker.revoker.revoke([[id, terminate, 0]]);
    const answeredAt = this.begun.length;
    const [record] = await reading;
    this.revocations.push({ id, moment: momentOf(record, given), verdict, answeredAt });
  }

  #isAborted(worker: TestWorker, nonce: string): boolean {
    return worker.aborts.some(([aborted]) => aborted === nonce);
  }

  #goesOn(work: Promise<unknown>): void {
    this.#underWay.push(work);
  }
}

function momentOf(record: StoredTask | undefined, given: ReadonlySet<string>): Moment {
  if (record === undefined) return 'unknown';
  switch (record.phase) {
    case 'leased':
      return given.has(record.lease?.nonce ?? '') ? 'assigned' : 'being assigned';
    case 'running':
      return 'running';
    case 'ended':
      return 'settled';
    default:
      if (record.state === 'RETRY') return 'retrying';
      return record.phase === 'scheduled' ? 'scheduled' : 'queued';
  }
}

const some = fc.nat(5);
const work = fc.constantFrom(
  ...(['begin', 'begin', 'begin', 'begin', 'succeed', 'fail', 'retry', 'retry later', 'release'] as const),
);
const engine = fc.constantFrom(
  ...([
    'holdClaims',
    'answerClaim',
    'answerClaims',
    'holdWrites',
    'answerWrites',
    'holdCommits',
    'commit',
  ] as const),
);
// Most steps are some microtasks apart, some a turn, some a second.
const step = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant('call'), fc.constantFrom(0, 0, 0, 1_000)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('revoke'), some, fc.boolean()) },
  { weight: 9, arbitrary: fc.tuple(fc.constant('work'), some, some, work) },
  { weight: 6, arbitrary: fc.tuple(fc.constant('microtasks'), fc.integer({ min: 1, max: 8 })) },
  { weight: 6, arbitrary: fc.constant(['turn'] as const) },
  { weight: 1, arbitrary: fc.constant(['second'] as const) },
  { weight: 6, arbitrary: fc.tuple(fc.constant('engine'), engine) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function act(step: Step, life: Life): unknown {
  const { world, workers } = life;
  switch (step[0]) {
    case 'call':
      return life.call({ countdownMs: step[1] });
    case 'revoke':
      return life.revoke(step[1], step[2]);
    case 'work':
      return life.works(step[1], step[2], step[3]);
    case 'microtasks':
      return microtasks(step[1]);
    case 'turn':
      return world.turn();
    case 'second':
      return world.pass(1_000, ...workers);
    case 'engine':
      return world.engine[step[1]]();
  }
}

async function microtasks(count: number): Promise<void> {
  for (let passed = 0; passed < count; passed++) await Promise.resolve();
}

async function live(steps: readonly Step[], capacities: readonly number[]): Promise<Life> {
  const world = await setup();
  const workers: TestWorker[] = [];
  for (const [position, capacity] of capacities.entries())
    workers.push(await world.worker(`w${position}`, { capacity }));
  const life = new Life(world, workers);
  for (const step of steps) await act(step, life);
  await life.ends();
  return life;
}

async function check(life: Life): Promise<void> {
  for (const id of life.ids) {
    const record = await life.world.record(id);
    const entries = record.history.entries.map(([state, reason]) => ({ state, reason }));
    expect(firstIllegalStep(entries)).toBe(-1);
    expect(entries.flatMap(({ state }, at) => (isTerminal(state) ? at : []))).toEqual([entries.length - 1]);
    // The receipt says PENDING; from there on the caller hears the history, nothing else and nothing twice.
    expect(life.world.caller.heard(id)).toEqual(
      entries.slice(1).map(({ state, reason }) => `${state} ${reason}`),
    );

    const about = life.revocations.filter((revocation) => revocation.id === id);
    const decisive = about.filter(({ verdict }) => verdict === 'prevented' || verdict === 'revoked');
    expect(decisive.length).toBe(record.state === 'REVOKED' ? 1 : 0);
    for (const { verdict, moment, answeredAt } of about) {
      if (verdict === 'unknown') expect(moment).toBe('unknown');
      else expect(life.begun.slice(answeredAt)).not.toContain(id);
      if (verdict === 'prevented') expect(entries.at(-2)?.state).not.toBe('STARTED');
      if (moment === 'settled') expect(verdict).toBe('already-done');
    }
  }
  for (const { session } of life.workers) expect([...session.held]).toEqual([]);
}

test('gives one end, a legal history, and no run after it was answered', async () => {
  const met = new Map<Moment, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 40, maxLength: 120, size: 'max' }),
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 }),
      async (steps, capacities) => {
        const life = await live(steps, capacities);
        await check(life);
        for (const { moment } of life.revocations) met.set(moment, (met.get(moment) ?? 0) + 1);
      },
    ),
    { numRuns: 1_000 },
  );
  // A test of every moment has to have met every moment.
  for (const moment of MOMENTS) expect([moment, (met.get(moment) ?? 0) >= 20]).toEqual([moment, true]);
}, 180_000);
