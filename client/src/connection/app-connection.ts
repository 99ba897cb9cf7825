import { ClosedError } from '@celeriac/protocol';
import type { SignalOptions, StateBox } from '@celeriac/runtime';
import { Listeners } from '@celeriac/runtime/calling';
import { guarded, reportFailure } from '../guarded.ts';
import type { Store, StoreListener } from '../store.ts';
import type { ConnectionState, ConnectionStatus } from './dialer.ts';

/**
 * `app.connection`: the state of the app's connection to its gateway. Also a {@link Store}.
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
    status.subscribe((now) => {
      this.#listeners.emit('change', now);
      // Closed by its app: there is nothing more to tell, and nothing is to stay on a signal.
      if (now.reason instanceof ClosedError) this.#listeners.clear();
    });
  }

  /** `'idle'` until the first call or watch. */
  get state(): ConnectionState {
    return this.#status.get().state;
  }

  /** Why the connection is not open; `null` while nothing is wrong. A RefusedError with its `code` if the gateway refused it. */
  get reason(): Error | null {
    return this.#status.get().reason;
  }

  /**
   * Calls a function with each new status. If it throws, that is logged and changes nothing.
   * @param options `signal`: stops listening when it aborts; one that is aborted already never listens
   * @returns a function that stops listening; calling it again does nothing
   * @throws UsageError for an event that does not exist, OptionError for a bad option
   * @example app.connection.on('change', ({ state }) => show(state), { signal });
   */
  on(event: 'change', listener: StoreListener<ConnectionStatus>, options?: SignalOptions): () => void {
    return this.#listeners.on(event, listener, options);
  }

  /**
   * Together with {@link get}, what React's useSyncExternalStore takes.
   * @returns a function that stops it
   * @example const status = useSyncExternalStore(app.connection.subscribe, app.connection.get);
   */
  readonly subscribe = (listener: StoreListener<ConnectionStatus>): (() => void) =>
    this.#status.subscribe(guarded(listener));

  /**
   * The present status; the same object until it changes.
   * @example const { state, reason } = app.connection.get();
   */
  readonly get = (): ConnectionStatus => this.#status.get();
}
