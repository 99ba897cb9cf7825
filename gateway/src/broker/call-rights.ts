/** What a call carries beside its name and its arguments, and whether its caller may ask for that. */
import {
  type CallOptions,
  LINKED_CALLS,
  type RefusedReceipt,
  type ResolvedOptions,
} from '@celeriac/protocol';
import { linksWithin, repeatedId } from '../core/links.ts';
import { resolveOptions } from '../core/options.ts';
import type { CallerRights } from './caller-rights.ts';
import type { Catalog } from './catalog.ts';
import { linkForbidden, queueForbidden, repeatedLink, tooManyLinks } from './refusals.ts';

/** @param id the call's */
export function judgeLinks(
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
    const queue = chosenQueue(resolveOptions(options, task), resolveOptions(null, task));
    if (queue !== undefined && !rights.queue(queue)) return queueForbidden(id, name, queue);
  }
  return undefined;
}

/**
 * @param asked what the call is to run under
 * @param task what its task says, without the caller's word
 * @returns the queue that the caller has chosen, or in which it wants to stand before others
 */
export function chosenQueue(asked: ResolvedOptions, task: ResolvedOptions): string | undefined {
  return asked.queue !== task.queue || asked.priority > task.priority ? asked.queue : undefined;
}

const NOT_DEFINED = {};
