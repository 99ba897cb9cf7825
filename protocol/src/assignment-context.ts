/** What an executor is told of a task besides its name and arguments. */
import type { CallOptions, ResolvedOptions } from './definition.ts';
import type { AssignmentContext } from './frames/assignment.ts';
import type { WirePayload } from './payload.ts';

/** What it is made of. */
export interface AssignedTask {
  readonly options: ResolvedOptions;
  readonly call: CallOptions | null;
  readonly lineage: { readonly rootId: string; readonly parentId: string } | null;
  readonly prepend: readonly WirePayload[];
  readonly retries: number;
  readonly dueAt: number | null;
  readonly expiresAt: number | null;
}

/** @param redelivered whether it comes again without being a retry */
export function contextOf(task: AssignedTask, redelivered: boolean): AssignmentContext {
  const { call, lineage, prepend, options } = task;
  const plain =
    call === null &&
    lineage === null &&
    prepend.length === 0 &&
    !isLimit(options.timeLimitMs) &&
    !isLimit(options.softTimeLimitMs);
  return {
    queue: options.queue,
    priority: options.priority,
    retries: task.retries,
    maxRetries: options.maxRetries,
    redelivered,
    awaitStart: !options.acksLate,
    etaAt: task.dueAt,
    expiresAt: task.expiresAt,
    ...(plain ? undefined : uncommonContext(task)),
  };
}

/** What few tasks have; absent, it costs the others nothing on the wire. */
function uncommonContext({ call, lineage, prepend, options }: AssignedTask): Partial<AssignmentContext> {
  const { timeLimitMs, softTimeLimitMs } = options;
  return {
    ...(prepend.length === 0 ? {} : { prepend }),
    ...lineage,
    ...(call?.headers === undefined ? {} : { headers: call.headers }),
    ...(call?.shadow === undefined ? {} : { shadow: call.shadow }),
    ...(call?.argsRepr === undefined ? {} : { argsRepr: call.argsRepr }),
    ...(isLimit(timeLimitMs) ? { timeLimitMs } : {}),
    ...(isLimit(softTimeLimitMs) ? { softTimeLimitMs } : {}),
  };
}

/** 0 takes a limit back that something below it gave. */
function isLimit(ms: number | undefined): ms is number {
  return ms !== undefined && ms > 0;
}
