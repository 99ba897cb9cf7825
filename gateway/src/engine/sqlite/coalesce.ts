import { isHeld, type StoredTask } from '../../core/record.ts';
import type { TaskChange } from '../engine.ts';

/** What one turn asked of the store, in order: changes, or a verb that changes nothing that is held. */
export type StoreCall =
  | { readonly verb: 'advance'; readonly changes: readonly TaskChange[] }
  | { readonly verb: 'insert' | 'get'; readonly ids: readonly string[] }
  | { readonly verb: 'list' }
  | { readonly verb: 'other' };

/** Changes of one task, each decided on what the one before made of it: one write of the last one's record. */
export interface Chain {
  readonly changes: readonly TaskChange[];
}

/** Where the verdict of a change is found: in the chain's, at this position. */
export interface ChainPosition {
  readonly chain: Chain;
  readonly position: number;
}

export interface CoalescedCalls {
  /** For each call the chains to write where it stands; none for a call that is no `advance`. */
  readonly chains: readonly (readonly Chain[])[];
  /** For each call where each of its changes went. */
  readonly places: readonly (readonly ChainPosition[])[];
}

interface OpenChain extends Chain {
  readonly changes: TaskChange[];
  /** Where its last change stands: in this call, and at this place among all changes. */
  call: number;
  last: number;
}

/**
 * Joins consecutive changes of one task, above all a start and the outcome that came in the same turn.
 *
 * A chain is written where its last change stands, so its first ones happen later than they were called. That is
 * told from the exact order by nobody: in between the task is held, which only `get` and an `insert` of the same id,
 * and `list`, would show, and those end the chain. What a change spawns many would miss: such a change is the last of its chain,
 * and so happens where it was called.
 */
export function coalesce(calls: readonly StoreCall[]): CoalescedCalls {
  /** For each change its chain. */
  const all: OpenChain[] = [];
  const places: ChainPosition[][] = [];
  const open = new Map<string, OpenChain>();
  for (const [position, call] of calls.entries()) {
    const found: ChainPosition[] = [];
    places.push(found);
    if (call.verb === 'other') continue;
    if (call.verb === 'list') {
      open.clear();
      continue;
    }
    if (call.verb !== 'advance') {
      if (open.size > 0) for (const id of call.ids) open.delete(id);
      continue;
    }
    for (const change of call.changes) {
      const chain = extended(open.get(change.from.id), change) ?? { changes: [], call: position, last: 0 };
      chain.call = position;
      chain.last = all.push(chain) - 1;
      found.push({ chain, position: chain.changes.push(change) - 1 });
      if (isHeld(change.to) && !doesSpawn(change)) open.set(change.to.id, chain);
      else open.delete(change.to.id);
    }
  }
  return { chains: byCall(all, calls.length), places };
}

function extended(chain: OpenChain | undefined, change: TaskChange): OpenChain | undefined {
  const last = chain?.changes.at(-1);
  if (last === undefined || !isSame(last.to, change.from)) return undefined;
  // The fences of a chain are versions under one lease.
  return nonceOf(last.from) === nonceOf(change.from) ? chain : undefined;
}

function isSame(one: StoredTask, other: StoredTask): boolean {
  return (
    one.key === other.key &&
    one.version === other.version &&
    one.phase === other.phase &&
    nonceOf(one) === nonceOf(other)
  );
}

function nonceOf(record: StoredTask): string | undefined {
  return record.lease?.nonce;
}

function doesSpawn({ spawn }: TaskChange): boolean {
  return spawn !== undefined && spawn.length > 0;
}

/** In the order of their last changes. */
function byCall(chains: readonly OpenChain[], calls: number): readonly (readonly Chain[])[] {
  const lists: Chain[][] = Array.from({ length: calls }, () => []);
  for (const [place, chain] of chains.entries()) {
    if (chain.last === place) lists[chain.call]?.push(chain);
  }
  return lists;
}
