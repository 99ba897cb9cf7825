/** The listeners of an object that has events. All of ours are listened to in this one way. */

import { UsageError } from '@celeriac/protocol';
import { nearestName, show } from '@celeriac/protocol/calling';
import { readSignalOf, type SignalOptions } from './abort.ts';

interface Listening {
  readonly event: string;
  readonly listener: (...facts: readonly unknown[]) => unknown;
  readonly stop: () => void;
  over: boolean;
}

/** With what each event is told, by its name. */
type Told<Events> = { readonly [Event in keyof Events]: readonly unknown[] };

const NOBODY: readonly Listening[] = [];

/** Lean on purpose: each handle on a task that somebody listens to has one. */
export class Listeners<Events extends Told<Events>> {
  readonly #failed: (event: string, error: unknown) => void;
  readonly #names: readonly string[] | undefined;
  readonly #left: () => void;
  /** Never changed in place, so that emitting is not disturbed by listeners that join or leave meanwhile. */
  #listening = NOBODY;

  /**
   * @param failed given what a listener has thrown or rejected with; the other listeners are called all the same
   * @param names of all events, where another one is to be refused
   * @param left called when one listens no more, however it was stopped
   */
  constructor(
    failed: (event: string, error: unknown) => void,
    names?: readonly string[],
    left: () => void = () => {},
  ) {
    this.#failed = failed;
    this.#names = names;
    this.#left = left;
  }

  /** Whether anybody listens at all. */
  get any(): boolean {
    return this.#listening.length > 0;
  }

  has(event: keyof Events & string): boolean {
    return this.#listening.some((one) => one.event === event);
  }

  /**
   * @returns a function that stops it; idempotent
   * @throws UsageError for an event that does not exist or what is no function, OptionError for a bad option
   */
  on<Event extends keyof Events & string>(
    event: Event,
    listener: (...facts: Events[Event]) => unknown,
    options?: SignalOptions,
  ): () => void {
    if (this.#names?.includes(event) === false) throw unknownEvent(event, this.#names);
    if (typeof listener !== 'function')
      throw new UsageError(`expected a function to listen to '${event}', got: ${show(listener)}`);
    const signal = options === undefined ? undefined : readSignalOf(options, `on('${event}')`);
    if (signal?.aborted) return () => {};
    const stop = (): void => {
      if (one.over) return;
      one.over = true;
      this.#listening = this.#listening.filter((other) => other !== one);
      signal?.removeEventListener('abort', stop);
      this.#left();
    };
    // What it is called with is what its event is told with.
    const one: Listening = { event, listener: listener as Listening['listener'], stop, over: false };
    this.#listening = [...this.#listening, one];
    signal?.addEventListener('abort', stop);
    return stop;
  }

  /** A listener that is added meanwhile hears the next event, and one that is removed hears none. */
  emit<Event extends keyof Events & string>(event: Event, ...facts: Events[Event]): void {
    for (const one of this.#listening) if (one.event === event && !one.over) this.#tell(one, facts);
  }

  /** Lets all go. */
  clear(): void {
    for (const { stop } of this.#listening) stop();
  }

  #tell({ event, listener }: Listening, facts: readonly unknown[]): void {
    try {
      const given = listener(...facts);
      if (given instanceof Promise) given.catch((error: unknown) => this.#failed(event, error));
    } catch (error) {
      this.#failed(event, error);
    }
  }
}

function unknownEvent(event: unknown, names: readonly string[]): UsageError {
  const nearest = typeof event === 'string' ? nearestName(event, names) : undefined;
  const hint = nearest === undefined ? `known are ${names.join(', ')}` : `did you mean '${nearest}'?`;
  return new UsageError(`there is no event ${show(event)}; ${hint}`);
}
