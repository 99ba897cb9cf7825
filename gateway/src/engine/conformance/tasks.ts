/** Tasks for the tests of engines. */
import { DEFAULT_OPTIONS, type Definition, type ResolvedOptions } from '@celeriac/protocol/internal';
import type { Lane } from '../../core/lane.ts';
import type { StoredTask } from '../../core/record.ts';
import { type AcceptedCall, complete, start, submit } from '../../core/transitions.ts';
import type { ClaimAsk, Engine, InsertVerdict, TaskChange } from '../engine.ts';

/** When everything here happens. */
export const NOW = Date.UTC(2026, 5, 1);

export type Sample = Partial<Omit<AcceptedCall, 'options'>> & { readonly options?: Partial<ResolvedOptions> };

export function task(id: string, sample: Sample = {}): StoredTask {
  const { options, ...rest } = sample;
  const submission: AcceptedCall = {
    id,
    name: 'add',
    args: '[2,2]',
    call: null,
    routed: true,
    dueAt: null,
    expiresAt: null,
    prepend: [],
    lineage: null,
    subject: null,
    options: options === undefined ? DEFAULT_OPTIONS : { ...DEFAULT_OPTIONS, ...options },
    ...rest,
  };
  return submit(submission, NOW);
}

/** An id as clients make them; `count` makes it another one. */
export function uuid(count: number, at = NOW): string {
  const time = at.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7abc-8def-${count.toString(16).padStart(12, '0')}`;
}

export const LANE: Lane = { queue: 'default', name: 'add', kind: 'fresh' };

export function claimAsk(sample: Partial<ClaimAsk> = {}): ClaimAsk {
  return { session: 'session-1', worker: 'worker-1', lanes: [LANE], limit: 100, seed: 'seed', ...sample };
}

export function definitionOf(name: string, sample: Partial<Definition> = {}): Definition {
  return { name, options: {}, arity: { min: 2, max: 2 }, params: ['x', 'y'], ...sample };
}

/** Inserts one task and gives it back as it is kept. */
export async function keep(engine: Engine, record: StoredTask): Promise<StoredTask> {
  return { ...record, key: keyOf((await engine.insert([record]).committed)[0]) };
}

export function keyOf(verdict: InsertVerdict | undefined): number {
  if (verdict?.inserted !== true) throw new Error('the task was not inserted');
  return verdict.key;
}

/** The first task that is claimed. */
export async function claimOne(engine: Engine, sample: Partial<ClaimAsk> = {}): Promise<StoredTask> {
  const [claimed] = await engine.claim([claimAsk({ limit: 1, ...sample })], NOW);
  const record = claimed?.[0];
  if (record === undefined) throw new Error('nothing was claimed');
  return record;
}

export function change(from: StoredTask, to: StoredTask, urgent = true): TaskChange {
  return { from, to, urgent };
}

/** Runs the next ready task to its end, at `at`. */
export async function finishOne(engine: Engine, at = NOW): Promise<StoredTask> {
  const claimed = await claimOne(engine);
  const running = start(claimed, at);
  const ended = complete(running, '4', at);
  await engine.advance([change(claimed, running, false), change(running, ended)]).committed;
  return ended;
}

/** A step of clearing away, whatever number of tombstones there are. @returns how many tasks it touched */
export async function prune(
  engine: Engine,
  bodiesBefore: number,
  tombstonesBefore: number,
  limit: number,
): Promise<number> {
  const outdated = { bodiesBefore, tombstonesBefore, surplusBefore: 0, tombstones: 0 };
  return (await engine.prune(outdated, limit)).touched;
}
