/** What a call carries in addition to its name and arguments, and whether its caller may ask for that. */

import {
  type CallOptions,
  LINKED_CALLS,
  linksWithin,
  type RefusedReceipt,
  repeatedId,
  resolveOptions,
  type SubmitItem,
  type WireTaskOptions,
} from '@celeriac/protocol/internal';
import { callersOptions } from '../core/options.ts';
import { linkForbidden, queueForbidden, repeatedLink, tooManyLinks } from './call-refusals.ts';
import type { Catalog } from './catalog.ts';

/** What the caller of a task may do, as far as its calls have to be judged by it. */
export interface CallerRights {
  /** Whose calls they are; `null` where that is not said. */
  readonly subject: string | null;
  /** To call a task of this name, by itself or linked to another one. */
  call(name: string): boolean;
  /** To choose this queue for a call, or a higher priority in it. */
  queue(name: string): boolean;
  /** To read the task with this id, which was called by this one. */
  read(id: string, caller: string | null): boolean;
  /** To be a worker of the queue. */
  work(queue: string): boolean;
  /** To call in the name of the task with this id, of this caller and queue. */
  family(id: string, caller: string | null, queue: string): boolean;
}

/** Whether its caller may ask for what a call carries. */
export function judgeRights(
  rights: CallerRights,
  [id, name, , call, , , route]: SubmitItem,
  catalog: Catalog,
): RefusedReceipt | undefined {
  const chooses = route != null || call?.queue !== undefined || call?.priority !== undefined;
  const forbidden = chooses ? judgeQueue(rights, id, name, call, route, catalog) : undefined;
  return forbidden ?? (call === null ? undefined : judgeLinks(id, call, rights, catalog));
}

function judgeQueue(
  rights: CallerRights,
  id: string,
  name: string,
  call: CallOptions | null,
  route: WireTaskOptions | null | undefined,
  catalog: Catalog,
): RefusedReceipt | undefined {
  const known = catalog.options(name);
  const task = route == null ? known : (catalog.options(name, route) ?? callersOptions(route, undefined));
  const queue = chosenQueue(call, task ?? NOT_DEFINED, known ?? NOT_DEFINED);
  return queue === undefined || rights.queue(queue) ? undefined : queueForbidden(id, name, queue);
}

/** @param id the call's */
function judgeLinks(
  id: string,
  call: CallOptions,
  rights: CallerRights,
  catalog: Catalog,
): RefusedReceipt | undefined {
  if (call.link === undefined && call.linkError === undefined) return undefined;
  const links = linksWithin(call, LINKED_CALLS + 1);
  if (links.length > LINKED_CALLS) return tooManyLinks(id);
  const repeated = repeatedId(id, call);
  if (repeated !== undefined) return repeatedLink(id, repeated);
  for (const { name, options } of links) {
    if (!rights.call(name)) return linkForbidden(id, name);
    if (options === null) continue;
    const task = catalog.options(name) ?? NOT_DEFINED;
    const queue = chosenQueue(options, task, task);
    if (queue !== undefined && !rights.queue(queue)) return queueForbidden(id, name, queue);
  }
  return undefined;
}

/**
 * @param task what the call's own word stands on, a route of the caller's included
 * @param known what the task says, without the caller's word
 * @returns the queue that the caller has chosen, or in which it wants to stand before others
 */
function chosenQueue(
  call: CallOptions | null,
  task: WireTaskOptions,
  known: WireTaskOptions,
): string | undefined {
  const asked = resolveOptions(null, task);
  const said = resolveOptions(null, known);
  const queue = call?.queue ?? asked.queue;
  const priority = call?.priority ?? asked.priority;
  return queue !== said.queue || priority > said.priority ? queue : undefined;
}

const NOT_DEFINED: WireTaskOptions = {};
