import { type Lane, laneKey, laneOf } from '../core/lane.ts';
import type { TaskRecord } from '../core/record.ts';

interface LaneHint {
  readonly lane: Lane;
  /** How many ready tasks it is thought to have. */
  ready: number;
  /** How many were ever added: tells what came after an ask was sent. */
  added: number;
}

/**
 * What the dispatcher believes of the engine's lanes. A hint may count too many (a duplicate was not inserted);
 * a claim that comes back short corrects it. Counted when a write is handed to the engine, which keeps the order
 * of calls, so a claim sent afterwards finds what is counted here.
 */
export class Lanes {
  readonly #hints = new Map<string, LaneHint>();

  add(lane: Lane, count = 1): void {
    const key = laneKey(lane);
    const hint = this.#hints.get(key);
    if (hint === undefined) this.#hints.set(key, { lane, ready: count, added: count });
    else {
      hint.ready += count;
      hint.added += count;
    }
  }

  /** Counts a record that was made ready; others are none of its business. */
  addRecord(record: TaskRecord): void {
    if (record.phase === 'ready') this.add(laneOf(record));
  }

  isEmpty(lane: Lane): boolean {
    return !this.#hints.has(laneKey(lane));
  }

  /** Lanes with ready tasks; at most one entry for each queue and name that has some. */
  *filled(): Generator<Lane> {
    for (const hint of this.#hints.values()) yield hint.lane;
  }

  readyIn(lanes: readonly Lane[]): number {
    return lanes.reduce((sum, lane) => sum + (this.#hints.get(laneKey(lane))?.ready ?? 0), 0);
  }

  /**
   * Remembers where the lanes stood when a claim was sent; call the result with what came back.
   * @param most how many each of them could give to that claim; one that gave as many may have more
   */
  claiming(
    lanes: readonly Lane[],
    most: readonly number[] = [],
  ): (claimed: readonly TaskRecord[], short: boolean) => void {
    const marks = lanes.map((lane, position) => {
      const key = laneKey(lane);
      const hint = this.#hints.get(key);
      return { key, hint, added: hint?.added ?? 0, left: most[position] ?? Number.POSITIVE_INFINITY };
    });
    return (claimed, short) => {
      const byKey = most.length === 0 ? undefined : new Map(marks.map((mark) => [mark.key, mark]));
      for (const record of claimed) {
        const key = laneKey(laneOf(record));
        this.#take(key);
        const mark = byKey?.get(key);
        if (mark !== undefined) mark.left -= 1;
      }
      if (!short) return;
      // A hint made since counts only what came after this claim was sent.
      for (const { key, hint, added, left } of marks)
        if (left > 0 && this.#hints.get(key) === hint) this.#empty(key, added);
    };
  }

  #take(key: string): void {
    const hint = this.#hints.get(key);
    if (hint === undefined) return;
    hint.ready -= 1;
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
