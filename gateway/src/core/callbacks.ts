/** What follows a task that ended: the calls linked to it. */
import {
  encodeValue,
  type LinkedCall,
  resolveOptions,
  resolveTimes,
  type WirePayload,
  type WireTaskOptions,
} from '@celeriac/protocol/internal';
import type { StoredTask } from './record.ts';
import { adoptDefinition, submit } from './transitions.ts';

export interface Followed {
  /** The record with its linked tasks as children. */
  readonly record: StoredTask;
  readonly spawn: readonly StoredTask[];
}

/**
 * After SUCCESS the `link` calls, with the result before their arguments; after FAILURE the `linkError` calls, with
 * the task's id and its error. Nothing follows another end.
 * @param definition what is known of a task's options; `undefined` leaves the call unrouted
 */
export function callbacksAfter(
  record: StoredTask,
  definition: (name: string) => WireTaskOptions | undefined,
  now: number,
): Followed {
  const links = linksOf(record);
  if (links.length === 0) return { record, spawn: [] };
  const before = whatComesBefore(record);
  const spawn = links.map((link) => makeRecord(link, record, before, definition(link.name), now));
  return {
    record: adoptDefinition(
      record,
      links.map(({ id }) => id),
    ),
    spawn,
  };
}

function linksOf({ state, call }: StoredTask): readonly LinkedCall[] {
  if (state === 'SUCCESS') return call?.link ?? [];
  return state === 'FAILURE' ? (call?.linkError ?? []) : [];
}

function whatComesBefore({ state, id, body }: StoredTask): readonly WirePayload[] {
  const result = body ?? '';
  return state === 'FAILURE' ? [encodeValue(id, 'task id'), result] : [result];
}

function makeRecord(
  link: LinkedCall,
  parent: StoredTask,
  before: readonly WirePayload[],
  task: WireTaskOptions | undefined,
  now: number,
): StoredTask {
  const { id, name, args, options: call, immutable } = link;
  const lineage = { rootId: parent.lineage?.rootId ?? parent.id, parentId: parent.id };
  const options = resolveOptions(call, task ?? NOT_DEFINED);
  return submit(
    {
      id,
      name,
      args,
      call,
      options,
      lineage,
      subject: parent.subject,
      prepend: immutable ? [] : before,
      routed: task !== undefined,
      ...resolveTimes(call, task ?? NOT_DEFINED, 0, now),
    },
    now,
  );
}

const NOT_DEFINED: WireTaskOptions = {};
