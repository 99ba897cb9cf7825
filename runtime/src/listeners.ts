/** Those who listen to what something tells: the one way to do that, whatever it is. */
import { nearestName, readNames, show, UsageError } from '@celeriac/protocol';
import { readSignal, type SignalOptions } from './abort.ts';

type Guarded = (facts: readonly unknown[]) => void;

/** What of it is called with each event, by the event's name. */
type Told<Events> = { readonly [Event in keyof Events]: readonly unknown[] };

export class Listeners<Events extends Told<Events>> {
  readonly #failed: (event: keyof Events & string, error: unknown) => void;
  readonly #names: readonly string[] | undefined;
  readonly #heard = new Map<string, Set<Guarded>>();
  readonly #stops = new Set<() => void>();
  readonly #left: () => void;

  /**
   * @param failed told what a listener has thrown, or rejected with; nobody else is the worse for it
   * @param names of all events, where another one is to be refused
   * @param left called when one listens no more, however it was stopped
   */
  constructor(
    failed: (event: keyof Events & string, error: unknown) => void,
    names?: readonly string[],
    left: () => void = () => {},
  ) {
    this.#failed = failed;
    this.#names = names;
    this.#left = left;
  }

  /** Whether anybody listens at all. */
  get any(): boolean {
    return this.#stops.size > 0;
  }

  has(event: keyof Events & string): boolean {
    return (this.#heard.get(event)?.size ?? 0) > 0;
  }

  /**
   * @returns how to stop; idempotent
   * @throws UsageError for an event that does not exist or what is no function, OptionError for a bad option
   */
  on<Event extends keyof Events & string>(
    event: Event,
    listener: (...facts: Events[Event]) => unknown,
    options: SignalOptions = {},
  ): () => void {
    if (this.#names?.includes(event) === false) throw unknownEvent(event, this.#names);
    if (typeof listener !== 'function')
      throw new UsageError(`expected a function to listen to '${event}', got: ${show(listener)}`);
    readNames(options, ['signal'], `on('${event}')`);
    // Also that of an AbortController: there it is no field of its own.
    const signal = readSignal(options.signal);
    if (signal?.aborted) return () => {};
    const heard = this.#heard.get(event) ?? new Set();
    this.#heard.set(event, heard);
    const guarded: Guarded = (facts) => {
      if (heard.has(guarded)) this.#tell(event, listener as (...facts: readonly unknown[]) => unknown, facts);
    };
    const stop = (): void => {
      if (!heard.delete(guarded)) return;
      this.#stops.delete(stop);
      signal?.removeEventListener('abort', stop);
      this.#left();
    };
    heard.add(guarded);
    this.#stops.add(stop);
    signal?.addEventListener('abort', stop);
    return stop;
  }

  /** Who joins meanwhile hears the next one. */
  emit<Event extends keyof Events & string>(event: Event, ...facts: Events[Event]): void {
    const heard = this.#heard.get(event);
    if (heard === undefined || heard.size === 0) return;
    for (const guarded of [...heard]) guarded(facts);
  }

  /** Lets all go. */
  clear(): void {
    for (const stop of [...this.#stops]) stop();
  }

  #tell(
    event: keyof Events & string,
    listener: (...facts: readonly unknown[]) => unknown,
    facts: readonly unknown[],
  ): void {
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
  const hint = nearest === undefined ? `there are ${names.join(', ')}` : `did you mean '${nearest}'?`;
  return new UsageError(`there is no event ${show(event)}; ${hint}`);
}
