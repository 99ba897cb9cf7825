import { type EventItem, isTerminal } from '@celeriac/protocol/internal';

/** A watcher of tasks. Called in the order of each task's sequence; must not throw. */
export interface Subscriber {
  deliver(event: EventItem): void;
}

/**
 * Carries committed changes to those who watch the task, and to nobody else. Costs nothing for a task that
 * nobody watches. A watch ends by itself with the terminal event.
 */
export class Bus {
  // Nearly every task has one watcher, its caller; a Set each would double the memory of a full queue.
  readonly #watchers = new Map<string, Subscriber | Set<Subscriber>>();

  /** How many tasks are watched. */
  get size(): number {
    return this.#watchers.size;
  }

  watch(id: string, subscriber: Subscriber): void {
    const present = this.#watchers.get(id);
    if (present === undefined) this.#watchers.set(id, subscriber);
    else if (present instanceof Set) present.add(subscriber);
    else if (present !== subscriber) this.#watchers.set(id, new Set([present, subscriber]));
  }

  unwatch(id: string, subscriber: Subscriber): void {
    const present = this.#watchers.get(id);
    if (present === subscriber) this.#watchers.delete(id);
    else if (present instanceof Set && present.delete(subscriber) && present.size === 0)
      this.#watchers.delete(id);
  }

  /** @param makeEvents called only when somebody watches; all of one task, in order */
  publish(id: string, makeEvents: () => readonly EventItem[]): void {
    const present = this.#watchers.get(id);
    if (present === undefined) return;
    for (const event of makeEvents()) {
      const [, , , state] = event;
      if (state !== null && isTerminal(state)) this.#watchers.delete(id);
      if (present instanceof Set) for (const subscriber of present) subscriber.deliver(event);
      else present.deliver(event);
    }
  }
}
