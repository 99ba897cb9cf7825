import {
  type CallOptions,
  DEFAULT_OPTIONS,
  type Definition,
  type ResolvedOptions,
  type TaskOptions,
} from '@celeriac/protocol';
import { callsOwnOptions } from '@celeriac/protocol/internal';

/** A worker's definition as the gateway keeps it: with what its app says, which a route stands above. */
export function onApp(definition: Definition, app: TaskOptions): Definition {
  return { ...definition, app };
}

/**
 * What a caller's word counts for, by a route or by a definition of its own, once a worker has said what the task is: its
 * choice of a queue stands above what the worker's app says, some options hold where the worker leaves them open, and the
 * others are the worker's alone.
 */
const CALLERS_WORD: { readonly [Option in keyof Required<TaskOptions>]: 'choice' | 'open' | null } = {
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
export function taskOptions(
  { options, app }: Pick<Definition, 'options' | 'app'>,
  route?: TaskOptions,
): TaskOptions {
  const workers = { ...app, ...options };
  if (route === undefined) return workers;
  const { timeLimitMs: _hard, softTimeLimitMs: _soft, ...unlimited } = route;
  // The two limits belong together: one from here and one from there may make no sense.
  const limited = workers.timeLimitMs !== undefined || workers.softTimeLimitMs !== undefined;
  const open = wordOf(limited ? unlimited : route, 'open');
  return { ...open, ...app, ...wordOf(route, 'choice'), ...options };
}

/**
 * What a task waits under that no worker has defined yet: what its caller's route says, and what the caller knows of the task
 * as far as that decides neither where it goes nor how often it may run.
 */
export function callersOptions(
  route: TaskOptions | null | undefined,
  own: TaskOptions | undefined,
): TaskOptions {
  if (route == null) return own === undefined ? NOTHING_SAID : openWord(own);
  return { ...wordOf(route, 'open'), ...wordOf(route, 'choice'), ...wordOf(own ?? NOTHING_SAID, 'open') };
}

const NOTHING_SAID: TaskOptions = {};

const openWords = new WeakMap<TaskOptions, TaskOptions>();

/** The same object for the same definition: what is resolved from it is kept by it. */
function openWord(own: TaskOptions): TaskOptions {
  let word = openWords.get(own);
  if (word === undefined) {
    word = wordOf(own, 'open');
    openWords.set(own, word);
  }
  return word;
}

function wordOf(said: TaskOptions, kind: 'choice' | 'open'): TaskOptions {
  const words: Readonly<Record<string, string | null>> = CALLERS_WORD;
  return Object.fromEntries(Object.entries(said).filter(([option]) => words[option] === kind));
}

/**
 * What the caller's route says of a task that nobody had defined when it was called: all that it runs under so far and
 * that is neither the call's own word nor a default.
 */
export function routeOf(call: CallOptions | null, options: ResolvedOptions): TaskOptions {
  const asked = callsOwnOptions(call);
  const defaults: Readonly<Record<string, unknown>> = { ...DEFAULT_OPTIONS };
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => !(name in asked) && value !== defaults[name]),
  );
}
