import { DEFAULT_OPTIONS } from '@celeriac/protocol/internal';
import { readApps } from './registry.ts';

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
