import type { AdvanceVerdict } from '../engine.ts';
import { type Chain, type ChainPosition, coalesce, type StoreCall } from './coalesce.ts';
import { toUpdateRow } from './codec.ts';
import type { UpdateRow } from './layout.ts';
import type { ReadResult, Request, Result, Results, StoreOperation, UpdateResult } from './operations.ts';
import type { Settlement } from './pending-call.ts';
import { fromStoredText } from './text.ts';

/** A verb as it was called: what to send (an `advance` is written only once its chains are known), and who waits. */
export interface TurnCall {
  readonly call: StoreCall;
  readonly operation: StoreOperation | null;
  readonly pending: Settlement;
}

/** All verbs that were called in one turn of the event loop: one request, and the way back of its answers. */
export class TurnRequest {
  readonly request: Request;
  readonly #calls: readonly TurnCall[];
  readonly #chains: readonly (readonly Chain[])[];
  readonly #places: readonly (readonly ChainPosition[])[];
  /** Reads that wait for the commit. */
  readonly #late: Settlement[] = [];

  constructor(calls: readonly TurnCall[]) {
    const { chains, places } = coalesce(calls.map(({ call }) => call));
    this.#calls = calls;
    this.#chains = chains;
    this.#places = places;
    this.request = calls.map(
      ({ call, operation }, position) => operation ?? toAdvance(call, chains[position] ?? []),
    );
  }

  apply(results: readonly (Result | null)[]): void {
    const hits = this.#hits(results);
    for (const [position, { call, pending }] of this.#calls.entries()) {
      const result = results[position] ?? null;
      if (call.verb === 'advance')
        pending.apply(this.#places[position]?.map((place) => verdictAt(place, hits)));
      else if ((call.verb === 'get' || call.verb === 'list') && result === null) this.#late.push(pending);
      else pending.apply(result);
    }
  }

  /** @param reads of all turns of this commit, in order; this one takes its own from the front */
  commit(reads: ReadResult[]): void {
    for (const pending of this.#late) pending.apply(reads.shift());
    for (const { pending } of this.#calls) pending.commit();
  }

  fail(error: Error): void {
    for (const { pending } of this.#calls) pending.fail(error);
  }

  /** Which change of each chain was the first that applied; -1 for none. And what its last one could not spawn. */
  #hits(results: readonly (Result | null)[]): ReadonlyMap<Chain, UpdateResult> {
    const hits = new Map<Chain, UpdateResult>();
    for (const [position, chains] of this.#chains.entries()) {
      if (chains.length === 0) continue;
      const found = results[position] as Results['advance'];
      for (const [index, chain] of chains.entries()) hits.set(chain, found[index] ?? -1);
    }
    return hits;
  }
}

function toAdvance(call: StoreCall, chains: readonly Chain[]): StoreOperation {
  const urgent = call.verb === 'advance' && call.changes.some((change) => change.urgent);
  return ['advance', chains.map(toRow).filter((row) => row !== undefined), urgent];
}

/** One write for the changes of a chain. */
function toRow({ changes }: Chain): UpdateRow | undefined {
  const first = changes[0];
  const last = changes.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return toUpdateRow(
    first.from,
    last.to,
    changes.map(({ from }) => from),
    last.spawn,
  );
}

function verdictAt(
  { chain, position }: ChainPosition,
  hits: ReadonlyMap<Chain, UpdateResult>,
): AdvanceVerdict {
  const result = hits.get(chain) ?? -1;
  const [hit, ...taken] = typeof result === 'number' ? [result] : result;
  if (hit === -1 || position < hit) return 'missed';
  // Only the last change of a chain spawns.
  return taken.length === 0 || position < chain.changes.length - 1 ? 'applied' : taken.map(fromStoredText);
}
