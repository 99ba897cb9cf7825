/** What follows a task that ended: the calls linked to it. */

import type { WireTaskOptions } from '@celeriac/protocol/internal';
import {
  type CallOptions,
  encodeValue,
  type LinkedCall,
  resolveOptions,
  resolveTimes,
  type WirePayload,
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

/**
 * The calls linked to a call, and those linked to them, of both kinds.
 * @param most how many are looked for
 */
export function linksWithin(call: CallOptions, most: number): readonly LinkedCall[] {
  const found: LinkedCall[] = [];
  const open: (CallOptions | null)[] = [call];
  for (let next = open.pop(); next !== undefined && found.length < most; next = open.pop()) {
    for (const links of [next?.link, next?.linkError]) {
      if (links === undefined) continue;
      found.push(...links);
      for (const { options } of links) if (options !== null) open.push(options);
    }
  }
  return found.slice(0, most);
}

/** @returns an id that two calls of one list have, or a call and one that is linked to it, at any depth */
export function repeatedId(id: string, call: CallOptions, above: readonly string[] = []): string | undefined {
  const line = [...above, id];
  for (const links of [call.link, call.linkError]) {
    if (links === undefined) continue;
    const ids = new Set(line);
    for (const link of links) {
      if (ids.has(link.id)) return link.id;
      ids.add(link.id);
      const repeated = link.options === null ? undefined : repeatedId(link.id, link.options, line);
      if (repeated !== undefined) return repeated;
    }
  }
  return undefined;
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
