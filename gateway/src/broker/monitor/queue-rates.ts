/** Over how many seconds a rate is told. */
const SECONDS = 60;

/** Queues whose rates are counted at a time: anybody may name some, and those of the last minute are kept. */
const QUEUES_RATED = 10_000;

interface Traffic {
  in: number;
  out: number;
}

/**
 * How many tasks came into each queue and left it. Two additions a task; what no task has passed through for a minute is
 * forgotten, and costs nothing before that.
 */
export class QueueRates {
  /** In the seconds before this one, all together; and second by second, the newest last. */
  readonly #totals = new Map<string, Traffic>();
  readonly #seconds: ReadonlyMap<string, Traffic>[] = [];
  /** In the second that has begun. */
  #second = new Map<string, Traffic>();
  #ticks = 0;
  /** Tasks come in runs of one queue: the last one found is kept. */
  #last: readonly [name: string, traffic: Traffic] | undefined;

  came(queue: string): void {
    this.#find(queue).in += 1;
  }

  left(queue: string): void {
    this.#find(queue).out += 1;
  }

  /** A second has passed. */
  tick(): void {
    this.#ticks += 1;
    this.#last = undefined;
    this.#seconds.push(this.#second);
    for (const [name, { in: ins, out }] of this.#second) this.#add(name, ins, out);
    this.#second = new Map();
    if (this.#seconds.length <= SECONDS) return;
    for (const [name, { in: ins, out }] of this.#seconds.shift() ?? []) this.#add(name, -ins, -out);
  }

  /** Over as many seconds as there has been anything to count, at most {@link SECONDS}. */
  perSecond(queue: string): readonly [ins: number, outs: number] {
    const seconds = Math.min(SECONDS, Math.max(1, this.#ticks));
    const total = this.#totals.get(queue);
    return total === undefined ? [0, 0] : [total.in / seconds, total.out / seconds];
  }

  *names(): Generator<string> {
    yield* this.#totals.keys();
    yield* this.#second.keys();
  }

  #add(name: string, ins: number, outs: number): void {
    const total = this.#totals.get(name);
    if (total === undefined) {
      this.#totals.set(name, { in: ins, out: outs });
      return;
    }
    total.in += ins;
    total.out += outs;
    if (total.in + total.out === 0) this.#totals.delete(name);
  }

  #find(name: string): Traffic {
    if (this.#last?.[0] === name) return this.#last[1];
    const traffic = this.#second.get(name) ?? { in: 0, out: 0 };
    if (this.#totals.has(name) || this.#totals.size + this.#second.size < QUEUES_RATED)
      this.#second.set(name, traffic);
    this.#last = [name, traffic];
    return traffic;
  }
}
