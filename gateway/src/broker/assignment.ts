/** What a worker is told of a task that it is to run. */
import type { Assignment, AssignmentContext } from '@celeriac/protocol';
import { isRedelivered, type TaskRecord } from '../core/record.ts';

export function assignmentOf(record: TaskRecord, nonce: string): Assignment {
  const { call, lineage, prepend, options } = record;
  const plain =
    call === null &&
    lineage === null &&
    prepend.length === 0 &&
    !isLimit(options.timeLimitMs) &&
    !isLimit(options.softTimeLimitMs);
  return [
    nonce,
    record.id,
    record.attempt,
    record.name,
    record.args,
    {
      queue: record.options.queue,
      priority: record.options.priority,
      retries: record.retries,
      maxRetries: record.options.maxRetries,
      redelivered: isRedelivered(record),
      awaitStart: !record.options.acksLate,
      etaAt: record.dueAt,
      expiresAt: record.expiresAt,
      ...(plain ? undefined : uncommonContext(record)),
    },
  ];
}

/** What few tasks have; absent, it costs the others nothing on the wire. */
function uncommonContext({ call, lineage, prepend, options }: TaskRecord): Partial<AssignmentContext> {
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
