/** The record that a call becomes, and what shows in it at once. */
import type { SubmitItem, WireTaskOptions } from '@celeriac/protocol/internal';
import { resolveOptions, resolveTimes } from '@celeriac/protocol/internal';
import { callersOptions } from '../core/options.ts';
import { acceptedAt, type StoredTask, type TaskOutline } from '../core/record.ts';
import { submit } from '../core/transitions.ts';
import type { CallerRights } from './call-rights.ts';
import type { Catalog } from './catalog.ts';
import { kinshipOf } from './families.ts';

/** The caller, as far as its records go. */
export interface RecordOwner {
  readonly rights: CallerRights;
  /** The caller's own definition of a task, if it sent one. */
  definition(name: string): WireTaskOptions | undefined;
}

const NOTHING_BEFORE: readonly [] = [];

/**
 * Resolves what the task runs under, when, and whose it is.
 * @param parents the tasks inside which calls are made, by id
 * @param now gateway wall time
 */
export function recordOf(
  [id, name, args, call, ageMs, lineage, route]: SubmitItem,
  caller: RecordOwner,
  parents: ReadonlyMap<string, TaskOutline> | undefined,
  catalog: Catalog,
  now: number,
): StoredTask {
  // The same object wherever nothing is added: what is resolved from it is kept by it.
  const definition = catalog.options(name, route);
  const task = definition ?? callersOptions(route, caller.definition(name));
  const { rights } = caller;
  const kinship =
    lineage == null
      ? { lineage: null, subject: rights.subject }
      : kinshipOf(parents?.get(lineage[1]), rights);
  const times = resolveTimes(call, task, ageMs, now);
  return submit(
    {
      id,
      name,
      args,
      call,
      options: resolveOptions(call, task),
      routed: definition !== undefined,
      dueAt: times.dueAt,
      expiresAt: times.expiresAt,
      prepend: NOTHING_BEFORE,
      lineage: kinship.lineage,
      subject: kinship.subject,
    },
    now,
  );
}

/** It was too late for it before it came. */
export function expiredAtOnce(record: StoredTask): boolean {
  return record.expiresAt !== null && record.expiresAt <= acceptedAt(record);
}
