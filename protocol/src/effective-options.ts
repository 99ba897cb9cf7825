/** What one call runs under, and when: its own word on that of its task, and that on the defaults. */
import {
  type CallOptions,
  DEFAULT_OPTIONS,
  type Definition,
  type ResolvedOptions,
  type WireTaskOptions,
} from './definition.ts';

/** What a call, of which only some options concern how the task runs, says about it. */
export function callsOwnOptions(call: CallOptions | null): WireTaskOptions {
  if (call === null) return {};
  const { queue, priority, ignoreResult, timeLimitMs, softTimeLimitMs } = call;
  return {
    ...(queue === undefined ? {} : { queue }),
    ...(priority === undefined ? {} : { priority }),
    ...(ignoreResult === undefined ? {} : { ignoreResult }),
    ...(timeLimitMs === undefined ? {} : { timeLimitMs }),
    ...(softTimeLimitMs === undefined ? {} : { softTimeLimitMs }),
  };
}

/**
 * Call > task > route > app > default. `task` already stands on its app's options where it came from.
 * Without call options the same task gives the same object, so that storing it costs nothing per call.
 */
export function resolveOptions(call: CallOptions | null, task: WireTaskOptions): ResolvedOptions {
  const settled = onDefaults(task);
  return call === null ? settled : { ...settled, ...callsOwnOptions(call) };
}

const resolved = new WeakMap<WireTaskOptions, ResolvedOptions>();

function onDefaults(task: WireTaskOptions): ResolvedOptions {
  let options = resolved.get(task);
  if (options === undefined) {
    options = { ...DEFAULT_OPTIONS, ...task };
    resolved.set(task, options);
  }
  return options;
}

/**
 * What a caller's word counts for, by a route or by a definition of its own, once a worker has said what the task is: its
 * choice of a queue stands above what the worker's app says, some options hold where the worker leaves them open, and the
 * others are the worker's alone.
 */
const CALLERS_WORD: { readonly [Option in keyof Required<WireTaskOptions>]: 'choice' | 'open' | null } = {
  queue: 'choice',
  priority: 'choice',
  ignoreResult: 'open',
  expiresMs: 'open',
  timeLimitMs: 'open',
  softTimeLimitMs: 'open',
  maxRetries: null,
  retryDelayMs: null,
  retryBackoffMs: null,
  retryBackoffMaxMs: null,
  retryJitter: null,
  acksLate: null,
  maxDeliveries: null,
  trackStarted: null,
  storeErrorsEvenIfIgnored: null,
  rejectOnWorkerLost: null,
  ratePerHour: null,
  taskLimit: null,
  keyLimit: null,
};

/** Task > what a route may choose > app > what a route may say where they leave it open. */
export function effectiveTaskOptions(
  { options, app }: Pick<Definition, 'options' | 'app'>,
  route?: WireTaskOptions,
): WireTaskOptions {
  const workers = { ...app, ...options };
  if (route === undefined) return workers;
  const { timeLimitMs: _hard, softTimeLimitMs: _soft, ...unlimited } = route;
  // The two limits belong together: one from here and one from there may make no sense.
  const limited = workers.timeLimitMs !== undefined || workers.softTimeLimitMs !== undefined;
  const open = callersWord(limited ? unlimited : route, 'open');
  return { ...open, ...app, ...callersWord(route, 'choice'), ...options };
}

/** What counts of it, of either kind. */
export function callersWord(said: WireTaskOptions, kind: 'choice' | 'open'): WireTaskOptions {
  const words: Readonly<Record<string, string | null>> = CALLERS_WORD;
  return Object.fromEntries(Object.entries(said).filter(([option]) => words[option] === kind));
}

/** When a call's task is due and when it expires, in wall time of whoever keeps it. */
export function resolveTimes(
  call: CallOptions | null,
  task: WireTaskOptions,
  ageMs: number,
  now: number,
): { readonly dueAt: number | null; readonly expiresAt: number | null } {
  const calledAt = now - ageMs;
  const countdown = call?.countdownMs === undefined ? undefined : calledAt + call.countdownMs;
  const dueAt = countdown ?? call?.etaAt ?? null;
  if (call?.expiresMs === undefined && call?.expiresAt !== undefined)
    return { dueAt, expiresAt: call.expiresAt };
  const expiresIn = call?.expiresMs === undefined ? task.expiresMs : call.expiresMs;
  return { dueAt, expiresAt: expiresIn == null ? null : calledAt + expiresIn };
}
