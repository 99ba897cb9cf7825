import { KeyCounts } from '../core/key-counts.ts';
import { type Lane, laneKey, laneOf, type Offer, offers } from '../core/lane.ts';
import type { StoredTask } from '../core/record.ts';
import type { LaneCount } from '../engine/engine.ts';

interface LaneHint {
  readonly lane: Lane;
  /** How many ready tasks it is thought to have. */
  ready: number;
  /** How many were ever added: tells what came after an ask was sent. */
  added: number;
}

/** Where a lane stood when a claim was sent. */
interface Mark {
  readonly key: string;
  readonly hint: LaneHint | undefined;
  readonly added: number;
  readonly name: string;
}

/**
 * What the dispatcher believes of the engine's lanes that some worker serves; of the others it knows nothing, and they cost
 * nothing. A hint may count too many (a duplicate was not inserted); a claim that comes back short corrects it. Counted when a
 * write is handed to the engine, which keeps the order of calls, so a claim sent afterwards finds what is counted here.
 */
export class Lanes {
  readonly #isServed: (lane: Lane) => boolean;
  readonly #hints = new Map<string, LaneHint>();
  /** Of which the engine was asked what waits there, and has not answered. */
  readonly #asked = new Set<Offer>();

  constructor(isServed: (lane: Lane) => boolean) {
    this.#isServed = isServed;
  }

  /** @returns whether somebody serves it */
  add(lane: Lane, count = 1): boolean {
    const key = laneKey(lane);
    const hint = this.#hints.get(key);
    if (hint !== undefined) {
      hint.ready += count;
      hint.added += count;
      return true;
    }
    if (!this.#isServed(lane)) return false;
    this.#hints.set(key, { lane, ready: count, added: count });
    return true;
  }

  /**
   * Somebody serves these lanes from now on, and nobody did: what comes is counted from here on, and what is there when the
   * engine has said it.
   * @returns to be called once, with the answer
   */
  asking(offer: Offer): (found: readonly LaneCount[]) => void {
    // An object of its own: the same worker may come twice.
    const asked = { ...offer };
    this.#asked.add(asked);
    return (found) => {
      this.#asked.delete(asked);
      for (const { lane, count } of found) this.add(lane, count);
    };
  }

  /** Forgets those of these lanes that no worker serves any more. */
  leave(offer: Offer): void {
    for (const [key, { lane }] of this.#hints)
      if (offers(offer, lane) && !this.#isServed(lane)) this.#hints.delete(key);
  }

  isEmpty(lane: Lane): boolean {
    if (this.#hints.has(laneKey(lane))) return false;
    for (const offer of this.#asked) if (offers(offer, lane)) return false;
    return true;
  }

  /** Whether no lane has any ready task that somebody serves. */
  get none(): boolean {
    return this.#hints.size === 0;
  }

  /** Lanes with ready tasks that somebody serves; at most one entry for each queue and name that has some. */
  *filled(): Generator<Lane> {
    for (const hint of this.#hints.values()) yield hint.lane;
  }

  readyIn(lanes: readonly Lane[]): number {
    return lanes.reduce((sum, lane) => sum + (this.#hints.get(laneKey(lane))?.ready ?? 0), 0);
  }

  /**
   * Remembers where the lanes stood when a claim was sent; call the result with what came back.
   * @param most how many each of them could give to that claim, those of one name together; where they gave as many, each may have more
   */
  claiming(
    lanes: readonly Lane[],
    most: readonly number[] = [],
  ): (claimed: readonly StoredTask[], short: boolean) => void {
    const left = new Map(
      lanes.map(({ name }, position) => [name, most[position] ?? Number.POSITIVE_INFINITY]),
    );
    const marks = lanes.map((lane): Mark => {
      const key = laneKey(lane);
      const hint = this.#hints.get(key);
      return { key, hint, added: hint?.added ?? 0, name: lane.name };
    });
    return (claimed, short) => {
      for (const { mark, count } of taken(claimed, marks)) {
        left.set(mark.name, (left.get(mark.name) ?? 0) - count);
        this.#take(mark.key, mark.hint, count);
      }
      if (!short) return;
      // A hint made since then counts only what was added after this claim was sent.
      for (const { key, hint, added, name } of marks)
        if ((left.get(name) ?? 0) > 0 && this.#hints.get(key) === hint) this.#empty(key, added);
    };
  }

  #take(key: string, hint: LaneHint | undefined, count: number): void {
    if (hint === undefined || this.#hints.get(key) !== hint) return;
    hint.ready -= count;
    if (hint.ready <= 0) this.#hints.delete(key);
  }

  /** The lane had nothing more when it was asked: what remains is what was added since. */
  #empty(key: string, addedWhenAsked: number): void {
    const hint = this.#hints.get(key);
    if (hint === undefined) return;
    hint.ready = hint.added - addedWhenAsked;
    if (hint.ready <= 0) this.#hints.delete(key);
  }
}

/** How many of them came from each lane; nearly always there is one. */
function taken(
  claimed: readonly StoredTask[],
  marks: readonly Mark[],
): readonly { readonly mark: Mark; readonly count: number }[] {
  const [only] = marks;
  if (only !== undefined && marks.length === 1) return [{ mark: only, count: claimed.length }];
  const counts = new KeyCounts<string>();
  for (const record of claimed) counts.add(laneKey(laneOf(record)), 1);
  return marks.map((mark) => ({ mark, count: counts.of(mark.key) })).filter(({ count }) => count > 0);
}
