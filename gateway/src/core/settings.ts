/** What an operator set at run time for one task, above its definition. */

import type { Setting, WireTaskLimits, WireTaskOptions } from '@celeriac/protocol/internal';

/** An absent one is what the definition says; `null` is no limit. */
export type TaskSettings = { readonly [Limit in keyof WireTaskLimits]?: WireTaskLimits[Limit] };

export type NamedSettings = readonly [name: string, settings: TaskSettings];

export const NOTHING_SET: TaskSettings = {};

export function isNothing(settings: TaskSettings): boolean {
  return Object.keys(settings).length === 0;
}

export function effectiveLimits(task: WireTaskOptions | undefined, set: TaskSettings): WireTaskLimits {
  return {
    ratePerHour: chosen(set.ratePerHour, task?.ratePerHour),
    taskLimit: chosen(set.taskLimit, task?.taskLimit),
    keyLimit: chosen(set.keyLimit, task?.keyLimit),
  };
}

function chosen(set: number | null | undefined, defined: number | null | undefined): number | null {
  return set === undefined ? (defined ?? null) : set;
}

/** `'default'` takes back what was set, `undefined` leaves it. */
export function withSetting(
  settings: TaskSettings,
  limit: keyof TaskSettings,
  value: Setting | undefined,
): TaskSettings {
  if (value === undefined) return settings;
  const { [limit]: _before, ...others } = settings;
  return value === 'default' ? others : { ...others, [limit]: value };
}
