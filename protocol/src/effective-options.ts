/** What one call runs under, and when: its own word on that of its task, and that on the defaults. */
import { type CallOptions, DEFAULT_OPTIONS, type ResolvedOptions, type TaskOptions } from './definition.ts';

/** What a call, of which only some options concern how the task runs, says about it. */
export function callsOwnOptions(call: CallOptions | null): TaskOptions {
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
export function resolveOptions(call: CallOptions | null, task: TaskOptions): ResolvedOptions {
  const settled = onDefaults(task);
  return call === null ? settled : { ...settled, ...callsOwnOptions(call) };
}

const resolved = new WeakMap<TaskOptions, ResolvedOptions>();

function onDefaults(task: TaskOptions): ResolvedOptions {
  let options = resolved.get(task);
  if (options === undefined) {
    options = { ...DEFAULT_OPTIONS, ...task };
    resolved.set(task, options);
  }
  return options;
}

/** When a call's task is due and when it expires, in wall time of whoever keeps it. */
export function resolveTimes(
  call: CallOptions | null,
  task: TaskOptions,
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
