/** The tasks that a worker runs, of one app or several, by name. */

import { type HostedApp, type HostedTask, hostedApp, Serializers } from '@celeriac/client/hosting';
import { PROTOCOL, UsageError } from '@celeriac/protocol';
import type { WireTaskOptions } from '@celeriac/protocol/internal';
import { agree, DEFAULT_OPTIONS, type Definition, show } from '@celeriac/protocol/internal';

/** An installed copy of the client that is older than this worker does not say these. */
const UNSAID = { dontAutoretryFor: [], throws: [], handlers: {}, serializers: new Serializers() } as const;

export interface Registry {
  readonly tasks: ReadonlyMap<string, HostedTask>;
  /** What the gateway is told about each task. */
  readonly definitions: readonly Definition[];
  /** Options below every other source. */
  readonly appOptions: WireTaskOptions;
}

/**
 * @param given an app or several, of any installed copy of the client
 * @throws UsageError when something is no app, or an app of a copy too old or too new
 */
export function readApps(given: object | readonly object[]): readonly HostedApp[] {
  const apps = (Array.isArray(given) ? given : [given]).map((value: unknown) => {
    const app = hostedApp(value);
    if (app === undefined)
      throw new UsageError(
        `expected an app made by \`new Celeriac()\`, as in createWorker(app, options), got: ${show(value)}`,
      );
    return app;
  });
  if (apps.length === 0) throw new UsageError('expected at least one app');
  for (const { protocol } of apps) {
    if (agree(PROTOCOL, protocol) === undefined) {
      throw new UsageError(
        `the app's @celeriac/client speaks protocol ${protocol.min} to ${protocol.max}, this worker ${PROTOCOL.min} to ${PROTOCOL.max}`,
      );
    }
  }
  return [...new Set(apps)];
}

/** @throws UsageError when two apps have a task of the same name */
export function registerTasks(apps: readonly HostedApp[]): Registry {
  const tasks = new Map<string, HostedTask>();
  const definitions: Definition[] = [];
  const appOptions = sharedOptions(apps);
  for (const app of apps) {
    for (const [name, task] of app.tasks) {
      if (tasks.has(name)) throw new UsageError(`two apps have a task named '${name}'`);
      tasks.set(name, { ...UNSAID, ...task });
      definitions.push(
        appOptions === undefined ? withAppOptions(task.definition, app.options) : task.definition,
      );
    }
  }
  return { tasks, definitions, appOptions: appOptions ?? {} };
}

/** A hello carries the options of one app; apps that differ have theirs written into each definition instead. */
function sharedOptions(apps: readonly HostedApp[]): WireTaskOptions | undefined {
  const distinct = new Set(apps.map((app) => JSON.stringify(Object.entries(app.options).sort())));
  return distinct.size <= 1 ? (apps[0]?.options ?? {}) : undefined;
}

function withAppOptions(definition: Definition, options: WireTaskOptions): Definition {
  return { ...definition, options: { ...options, ...definition.options } };
}

/**
 * Finds the apps among what a module exports, in the order of its exports; one exported twice counts once.
 * @param exports a module's namespace object
 * @internal
 */
export function findApps(exports: Readonly<Record<string, unknown>>): readonly object[] {
  const found = new Map<HostedApp, object>();
  for (const value of Object.values(exports)) {
    const app = hostedApp(value);
    if (app !== undefined && !found.has(app) && typeof value === 'object' && value !== null)
      found.set(app, value);
  }
  return [...found.values()];
}

/**
 * Every queue in which a call of these apps can come to wait, as far as they say themselves: the default one, and those of their
 * tasks, of their options and of their routes. What a call or a route's function names is not known.
 * @throws UsageError where something is no app
 * @internal
 */
export function queuesOf(apps: readonly object[]): readonly string[] {
  const named = readApps(apps).flatMap(({ options, tasks, routedQueues = [] }) => [
    options.queue,
    ...[...tasks.values()].map(({ definition }) => definition.options.queue),
    ...routedQueues,
  ]);
  return [...new Set([DEFAULT_OPTIONS.queue, ...named.filter((queue) => queue !== undefined)])];
}
