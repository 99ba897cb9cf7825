import { Listeners, type SignalOptions, type StateBox } from '@celeriac/runtime';
import { guarded, reportFailure } from '../guarded.ts';
import type { Store, StoreListener } from '../store.ts';
import type { ConnectionState, ConnectionStatus } from './dialer.ts';

/**
 * `app.connection`: how the app's connection to its gateway is, apart from any task's state. Also a {@link Store}.
 *
 * @example
 * const stop = app.connection.on('change', ({ state, reason }) => show(state, reason?.message));
 */
export class AppConnection implements Store<ConnectionStatus> {
  readonly #status: StateBox<ConnectionStatus>;
  readonly #listeners = new Listeners<{ readonly change: readonly [status: ConnectionStatus] }>(
    (event, error) => reportFailure(`a listener to '${event}'`, error),
    ['change'],
  );

  /** @internal */
  constructor(status: StateBox<ConnectionStatus>) {
    this.#status = status;
    status.subscribe((now) => this.#listeners.emit('change', now));
  }

  /** `'idle'` until the first call or watch. */
  get state(): ConnectionState {
    return this.#status.get().state;
  }

  /** Why it is not open, while there is trouble; a RefusedError with its `code` when the gateway said no. */
  get reason(): Error | null {
    return this.#status.get().reason;
  }

  /**
   * Calls a function with each new status. One that throws is logged, and changes nothing.
   * @param options `signal`: stops listening when it aborts; one that is aborted already never listens
   * @returns how to stop; calling it twice does nothing more
   * @throws UsageError for an event that does not exist, OptionError for a bad option
   */
  on(event: 'change', listener: StoreListener<ConnectionStatus>, options?: SignalOptions): () => void {
    return this.#listeners.on(event, listener, options);
  }

  /** With {@link get} what React's useSyncExternalStore takes. @returns how to stop */
  readonly subscribe = (listener: StoreListener<ConnectionStatus>): (() => void) =>
    this.#status.subscribe(guarded(listener));

  /** The present status; the same object until it changes. */
  readonly get = (): ConnectionStatus => this.#status.get();
}
