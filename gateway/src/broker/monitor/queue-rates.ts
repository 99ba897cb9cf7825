/** Over how many seconds a rate is told. */
const SECONDS = 60;

/** What went through one queue in the last seconds. */
class Throughput {
  /** In the second that has begun. */
  in = 0;
  out = 0;
  /** In the seconds before it, the newest last; and all of them together. */
  readonly #seconds: (readonly [ins: number, outs: number])[] = [];
  #ins = 0;
  #outs = 0;

  tick(): void {
    this.#seconds.push([this.in, this.out]);
    this.#ins += this.in;
    this.#outs += this.out;
    this.in = 0;
    this.out = 0;
    if (this.#seconds.length <= SECONDS) return;
    const [ins, outs] = this.#seconds.shift() ?? [0, 0];
    this.#ins -= ins;
    this.#outs -= outs;
  }

  get idle(): boolean {
    return this.in + this.out + this.#ins + this.#outs === 0;
  }

  /** @param seconds how long there has been anything to count, at most {@link SECONDS} */
  perSecond(seconds: number): readonly [ins: number, outs: number] {
    return [this.#ins / seconds, this.#outs / seconds];
  }
}

/** How many tasks came into each queue and left it. Two additions a task; forgets queues that nothing passes through. */
export class QueueRates {
  readonly #queues = new Map<string, Throughput>();
  #ticks = 0;
  /** Tasks come in runs of one queue: the last one found is kept. */
  #last: readonly [name: string, queue: Throughput] | undefined;

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
    for (const [name, queue] of this.#queues) {
      if (queue.idle) this.#queues.delete(name);
      else queue.tick();
    }
  }

  perSecond(queue: string): readonly [ins: number, outs: number] {
    const seconds = Math.min(SECONDS, Math.max(1, this.#ticks));
    return this.#queues.get(queue)?.perSecond(seconds) ?? [0, 0];
  }

  names(): Iterable<string> {
    return this.#queues.keys();
  }

  #find(name: string): Throughput {
    if (this.#last?.[0] === name) return this.#last[1];
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new Throughput();
      this.#queues.set(name, queue);
    }
    this.#last = [name, queue];
    return queue;
  }
}
