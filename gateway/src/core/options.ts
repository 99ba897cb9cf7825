import type { WireTaskOptions } from '@celeriac/protocol/internal';
import {
  type CallOptions,
  callersWord,
  callsOwnOptions,
  DEFAULT_OPTIONS,
  type Definition,
  type ResolvedOptions,
} from '@celeriac/protocol/internal';

/** A worker's definition as the gateway keeps it: with what its app says, which a route stands above. */
export function onApp(definition: Definition, app: WireTaskOptions): Definition {
  return { ...definition, app };
}

/**
 * What a task waits under that no worker has defined yet: what its caller's route says, and what the caller knows of the task
 * as far as that decides neither where it goes nor how often it may run.
 */
export function callersOptions(
  route: WireTaskOptions | null | undefined,
  own: WireTaskOptions | undefined,
): WireTaskOptions {
  if (route == null) return own === undefined ? NOTHING_SAID : openWord(own);
  return {
    ...callersWord(route, 'open'),
    ...callersWord(route, 'choice'),
    ...callersWord(own ?? NOTHING_SAID, 'open'),
  };
}

const NOTHING_SAID: WireTaskOptions = {};

const openWords = new WeakMap<WireTaskOptions, WireTaskOptions>();

/** The same object for the same definition: what is resolved from it is kept by it. */
function openWord(own: WireTaskOptions): WireTaskOptions {
  let word = openWords.get(own);
  if (word === undefined) {
    word = callersWord(own, 'open');
    openWords.set(own, word);
  }
  return word;
}

/**
 * What the caller's route says of a task that nobody had defined when it was called: all that it runs under so far and
 * that is neither the call's own word nor a default.
 */
export function routeOf(call: CallOptions | null, options: ResolvedOptions): WireTaskOptions {
  const asked = callsOwnOptions(call);
  const defaults: Readonly<Record<string, unknown>> = { ...DEFAULT_OPTIONS };
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => !(name in asked) && value !== defaults[name]),
  );
}
