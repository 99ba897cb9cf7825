/** Walks over a task and those that it called, and a line of them as plain data. */

import { OptionError, UsageError } from '@celeriac/protocol';
import { show, TASK_ID_LENGTH } from '@celeriac/protocol/calling';

interface Node {
  readonly id: string;
  readonly children: readonly this[];
  readonly moreChildren: boolean;
}

/** More tasks than these are no longer looked at one by one. */
const MOST_NODES = 10_000;

/**
 * Breadth first, each task with the one that called it; a task is ready to be asked for its children after `visit`.
 * @throws UsageError after 10,000 tasks, and after all that are known where there were more
 */
export async function* walk<One extends Node>(
  root: One,
  visit: (node: One, parent: One | null) => Promise<void>,
): AsyncGenerator<readonly [parent: One | null, node: One], void> {
  const seen = new Set<string>([root.id]);
  let incomplete: One | undefined;
  const open: (readonly [One | null, One])[] = [[null, root]];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const [parent, node] = next;
    await visit(node, parent);
    yield next;
    if (node.moreChildren) incomplete ??= node;
    for (const child of node.children) {
      if (seen.has(child.id)) continue;
      if (seen.size >= MOST_NODES)
        throw new UsageError(`task ${root.id} has more than ${MOST_NODES} descendants`);
      seen.add(child.id);
      open.push([node, child]);
    }
  }
  if (incomplete !== undefined)
    throw new UsageError(
      `task ${incomplete.id} called more tasks than the ${incomplete.children.length} that are known, so this iteration is not complete`,
    );
}

/** A handle as plain data, Celery's shape: itself and the one that called it, then the members of a group. */
export type ResultTuple = readonly [self: readonly [id: string, parent: ResultTuple | null], members: null];

/**
 * The outer layer of one: the parent is a tuple again, read when it is needed.
 * @throws OptionError for what `asTuple()` does not give
 */
export function readTuple(tuple: unknown): { readonly id: string; readonly parent: unknown } {
  const [self, members]: readonly unknown[] = Array.isArray(tuple) ? tuple : [];
  const [id, parent]: readonly unknown[] = Array.isArray(self) ? self : [];
  if (typeof id !== 'string' || id.length === 0 || id.length > TASK_ID_LENGTH || members != null)
    throw new OptionError(
      'tuple',
      `expected what asTuple() returns, [[id, parent], null], got: ${show(tuple)}`,
    );
  return { id, parent: parent ?? null };
}
