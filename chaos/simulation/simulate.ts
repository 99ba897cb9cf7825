/** Runs one seed to its end and has its history checked. */
import { check, type Report } from '../checker/report.ts';
import type { Entry } from '../history/entry.ts';
import { Chance } from './chance.ts';
import { type FaultSettings, type PlannedFault, planFaults, planTrouble } from './fault-plan.ts';
import { NOTHING_BROKEN, type Saboteur } from './sabotage.ts';
import { type PlannedAct, planWork, type SimulationPlan } from './simulated-workload.ts';
import { SimulatedWorld } from './world.ts';

export interface Simulated extends Report {
  readonly seed: number;
  readonly history: readonly Entry[];
  /** What failed inside the gateway. */
  readonly failures: readonly string[];
  /** Simulated time, in milliseconds. */
  readonly ms: number;
}

export interface SimulationOptions {
  readonly sabotage?: Saboteur;
  /** What may go wrong, instead of what the seed would bring. */
  readonly trouble?: FaultSettings;
  /** Exactly this, instead of what the seed would bring. */
  readonly plan?: SimulationPlan;
  readonly faults?: readonly PlannedFault[];
}

/** The longest lease, twice, and the longest body: by then all has ended, or never will. */
const DRAIN_MS = 180_000;
const LOOK_MS = 1_000;
/** After the last answer: acks and releases are on their way. */
const QUIET_MS = 20_000;

export async function simulate(seed: number, given: SimulationOptions = {}): Promise<Simulated> {
  const plan = given.plan ?? planWork(new Chance(seed, 'work'));
  const chance = new Chance(seed, 'faults');
  const faults = given.faults ?? planFaults(chance, given.trouble ?? planTrouble(chance), plan);
  const world = new SimulatedWorld(seed, given.sabotage ?? NOTHING_BROKEN, plan.slots);
  const { time } = world;
  const onRejection = (error: unknown): void => world.fail('a promise that nobody waits for', error);
  process.on('unhandledRejection', onRejection);

  world.startGateway();
  for (let number = 1; number <= plan.workers; number++) world.startWorker(`worker-${number}`);
  for (let number = 1; number <= plan.clients; number++) world.startClient(`client-${number}`);
  for (const call of plan.calls)
    time.at(call.at, () => world.client(`client-${call.client + 1}`)?.ask((client) => client.call(call)));
  for (const act of plan.acts) time.at(act.at, () => perform(world, act));
  for (const fault of faults) time.at(fault.at, () => world.strike(fault));

  const lastAct = Math.max(plan.ms, ...[...plan.calls, ...plan.acts].map(({ at }) => at));
  const lastFault = Math.max(0, ...faults.map(({ at, ms }) => at + ms));
  await time.runUntil(Math.max(lastAct, lastFault) + LOOK_MS);
  world.heal();
  world.milestone('healed');
  await drain(world);
  await readAll(world);
  world.residue(residueOf(world));
  process.off('unhandledRejection', onRejection);
  return {
    seed,
    history: world.history,
    failures: world.failures,
    ms: time.now,
    ...check(world.history),
  };
}

function perform(world: SimulatedWorld, { client: number, id, act }: PlannedAct): void {
  const client = world.client(`client-${number + 1}`);
  if (client === undefined) return;
  client.ask((caller) => {
    if (act === 'watch') caller.watch(id);
    else if (act === 'read') void caller.read(id, false);
    else caller.revoke(id, act === 'terminate');
  });
}

/** Until all that was taken has ended and every handle has settled, or far too late. */
async function drain(world: SimulatedWorld): Promise<void> {
  const { time } = world;
  const until = time.now + DRAIN_MS;
  while (time.now < until) {
    await time.runUntil(time.now + LOOK_MS);
    if (world.idle && (await allEnded(world))) break;
  }
  await time.runUntil(time.now + QUIET_MS);
}

async function allEnded(world: SimulatedWorld): Promise<boolean> {
  const engine = world.gateway?.engine;
  if (engine === undefined) return false;
  for (const id of world.taskIds) {
    const record = await engine.peek(id);
    if (record !== undefined && record.phase !== 'ended') return false;
  }
  return true;
}

async function readAll(world: SimulatedWorld): Promise<void> {
  const reader = world.startClient('client-last');
  const ids = new Set(world.history.flatMap((entry) => (entry.kind === 'operation' ? [entry.id] : [])));
  for (const id of new Set([...ids, ...world.taskIds])) void reader.read(id, true);
  await world.time.runUntil(world.time.now + QUIET_MS);
  world.milestone('drained');
}

/** What a gateway with nothing to do should not hold any more. */
function residueOf({ gateway }: SimulatedWorld): Readonly<Record<string, number>> {
  const sessions = [...(gateway?.broker?.roster.all() ?? [])];
  const sum = (what: (session: (typeof sessions)[number]) => number): number =>
    sessions.reduce((total, session) => total + what(session), 0);
  return {
    'attempts held': sum(({ held }) => held.size),
    'places asked for': sum(({ asked }) => asked),
    'trials under way': sum(({ trial }) => (trial === null ? 0 : 1)),
    'sessions without a worker': sum(({ port }) => (port === null ? 1 : 0)),
  };
}
