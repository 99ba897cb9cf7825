import { gateOf, isUnblocked, type KeyGate } from '../../core/gate.ts';
import type { StoredTask } from '../../core/record.ts';
import type { Slot } from './ranked-queue.ts';
import { RankedQueue } from './ranked-queue.ts';

interface Queue {
  /** How many are ready, leased or running. */
  unblocked: number;
  readonly blocked: RankedQueue;
}

export interface Passage {
  /** The record as it is to be stored. */
  readonly as: StoredTask;
  /** One of its gate has left. */
  readonly freed: boolean;
}

/** The gates that somebody is at; one that everybody has left is forgotten. */
export class MemoryGates {
  readonly #queues = new Map<string, Queue>();
  /** Set at run time, by name; `null` is without end. */
  readonly #limits = new Map<string, number | null>();

  /** @returns of each gate of that name at which tasks wait, the first one */
  tune(name: string, limit: number | null | undefined): readonly Slot[] {
    if (limit === undefined) this.#limits.delete(name);
    else this.#limits.set(name, limit);
    return [...this.#queues.values()].flatMap(({ blocked }) => {
      const slot = blocked.peek();
      return slot?.record.name === name ? [slot] : [];
    });
  }

  /**
   * A record is to be stored in another one's place.
   * @param anew whether it lets those go first that wait at its gate
   * @returns `null` where neither has a gate
   */
  pass(before: StoredTask | null, after: StoredTask, anew: boolean): Passage | null {
    const from = before !== null && isUnblocked(before.phase) ? gateOf(before) : null;
    const to = gateOf(after);
    if (from === null && to === null) return null;
    if (from !== null) this.#move(from, -1);
    const waits =
      to !== null &&
      after.phase === 'ready' &&
      (this.#unblocked(to) >= this.#limit(after, to) || (anew && this.#isAwaited(to, after)));
    const as: StoredTask = waits ? { ...after, phase: 'blocked' } : after;
    const stays = to !== null && isUnblocked(as.phase);
    if (stays) this.#move(to, 1);
    return { as, freed: from !== null && !stays };
  }

  /** A task waits at its gate from now on. */
  wait(slot: Slot): void {
    const gate = gateOf(slot.record);
    if (gate !== null) this.#queue(gate).blocked.add(slot, -slot.record.options.priority, slot.place);
  }

  /** Takes the best task that waits at this record's gate, if that has room for it. */
  next(record: StoredTask): Slot | undefined {
    const gate = gateOf(record);
    const queue = gate === null ? undefined : this.#queues.get(gate.text);
    const slot = queue?.blocked.peek();
    if (gate === null || queue === undefined) return undefined;
    if (slot === undefined) {
      if (queue.unblocked === 0) this.#queues.delete(gate.text);
      return undefined;
    }
    const own = gateOf(slot.record);
    if (own === null || queue.unblocked >= this.#limit(slot.record, own)) return undefined;
    return queue.blocked.take();
  }

  /** Whether others wait there that are as urgent as this one. */
  #isAwaited({ text }: KeyGate, { options }: StoredTask): boolean {
    const first = this.#queues.get(text)?.blocked.first();
    return first !== undefined && first <= -options.priority;
  }

  #limit({ name }: StoredTask, { limit }: KeyGate): number {
    const set = this.#limits.get(name);
    return set === undefined ? limit : (set ?? Number.POSITIVE_INFINITY);
  }

  #unblocked({ text }: KeyGate): number {
    return this.#queues.get(text)?.unblocked ?? 0;
  }

  #move(gate: KeyGate, by: 1 | -1): void {
    this.#queue(gate).unblocked += by;
  }

  #queue({ text }: KeyGate): Queue {
    let queue = this.#queues.get(text);
    if (queue === undefined) {
      queue = { unblocked: 0, blocked: new RankedQueue() };
      this.#queues.set(text, queue);
    }
    return queue;
  }
}
