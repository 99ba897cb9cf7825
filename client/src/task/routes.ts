/** `taskRoutes`: options of tasks by their names, below the task's own and above the app's. */

import { option, readOptions } from '@celeriac/protocol/calling';
import type { WireTaskOptions } from '@celeriac/protocol/internal';
import type { ApplyOptions } from './apply-options.ts';
import { queueOption } from './run-options.ts';
import { SHARED, type SharedTaskOptions, toWire } from './shared-options.ts';

/** A queue, or any options of a task. */
export type Route = string | SharedTaskOptions;

/** Called for each call that no earlier route applies to; `undefined` leaves the call to the next route. */
export type RouteFunction = (
  name: string,
  args: readonly unknown[],
  options: ApplyOptions,
) => Route | null | undefined;

/** By name: exactly, or with `*` (any characters) and `?` (any one). Exact names come first. */
export type RouteTable = Readonly<Record<string, Route>>;

/** One table, or a list of routes; the first one that applies to the call is used. */
export type TaskRoutes =
  | RouteTable
  | readonly (RouteTable | RouteFunction | readonly [pattern: string | RegExp, route: Route])[];

/** A route as it was read. */
export interface ReadRoute {
  readonly options: WireTaskOptions;
  readonly serializer: string | undefined;
}

type Entry =
  | { readonly kind: 'name'; takes(name: string): boolean; readonly route: ReadRoute }
  | { readonly kind: 'function'; readonly decide: RouteFunction };

export class Routes {
  readonly #entries: readonly Entry[];
  readonly #ofName = new Map<string, ReadRoute | 'undecided' | undefined>();

  /** @throws OptionError */
  constructor(given: unknown = []) {
    this.#entries = Array.isArray(given) ? given.flatMap(readEntry) : readTable(given);
  }

  /**
   * For names of tasks that are defined here: each is remembered.
   * @returns what holds for every call of that name; `undecided` when that depends on the call
   */
  ofName(name: string): ReadRoute | 'undecided' | undefined {
    if (this.#ofName.has(name)) return this.#ofName.get(name);
    const route = this.#find(name);
    this.#ofName.set(name, route);
    return route;
  }

  /** For a link, which may have any name: functions are asked for calls only. */
  ofLink(name: string): ReadRoute | undefined {
    const route = this.#find(name);
    return route === 'undecided' ? undefined : route;
  }

  /** Those that its tables and patterns name; of what functions give nothing is known. */
  get queues(): readonly string[] {
    return this.#entries.flatMap((entry) => (entry.kind === 'name' ? (entry.route.options.queue ?? []) : []));
  }

  #find(name: string): ReadRoute | 'undecided' | undefined {
    const first = this.#entries.find((entry) => entry.kind === 'function' || entry.takes(name));
    return first?.kind === 'function' ? 'undecided' : first?.route;
  }

  /** @throws OptionError when a function gives no route, and whatever a function throws */
  ofCall(name: string, args: readonly unknown[], options: ApplyOptions = {}): ReadRoute | undefined {
    for (const entry of this.#entries) {
      if (entry.kind === 'name') {
        if (entry.takes(name)) return entry.route;
        continue;
      }
      const given = entry.decide(name, args, options);
      if (given !== null && given !== undefined) return readRoute(given);
    }
    return undefined;
  }
}

function readEntry(entry: unknown): readonly Entry[] {
  if (typeof entry === 'function') return [{ kind: 'function', decide: entry as RouteFunction }];
  if (!Array.isArray(entry)) return readTable(entry);
  const [pattern, route]: readonly unknown[] = entry;
  if (entry.length !== 2 || !(typeof pattern === 'string' || pattern instanceof RegExp))
    throw option.expected('taskRoutes', 'a list of functions, tables and [name or RegExp, route]', entry);
  return [{ kind: 'name', takes: matcherOf(pattern), route: readRoute(route) }];
}

function readTable(table: unknown): readonly Entry[] {
  if (typeof table !== 'object' || table === null)
    throw option.expected('taskRoutes', "a table like { 'media.*': 'media' } or a list of routes", table);
  const routes = Object.entries(table);
  const isExact = ([name]: readonly [string, unknown]): boolean => !/[*?]/.test(name);
  return [...routes.filter(isExact), ...routes.filter((route) => !isExact(route))].map(([name, route]) => ({
    kind: 'name',
    takes: matcherOf(name),
    route: readRoute(route),
  }));
}

function readRoute(route: unknown): ReadRoute {
  if (typeof route === 'string')
    return { options: { queue: queueOption(route, 'taskRoutes') }, serializer: undefined };
  const options = readOptions(route, SHARED, 'taskRoutes');
  return { options: toWire(options), serializer: options.serializer };
}

function matcherOf(pattern: string | RegExp): (name: string) => boolean {
  // `search` keeps no place between two calls, unlike `test` with a global pattern.
  if (typeof pattern !== 'string') return (name) => name.search(pattern) !== -1;
  if (!/[*?]/.test(pattern)) return (name) => name === pattern;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const glob = new RegExp(`^${source}$`, 'su');
  return (name) => glob.test(name);
}
