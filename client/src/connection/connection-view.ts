import type { StateBox } from '@celeriac/runtime';
import { guarded } from '../guarded.ts';
import type { ConnectionState, ConnectionStatus } from './dialer.ts';

/** `app.connection`: how the app's line to its gateway is, apart from any task's state. */
export class ConnectionView {
  readonly #status: StateBox<ConnectionStatus>;
  readonly #stops = new Map<(status: ConnectionStatus) => void, () => void>();

  constructor(status: StateBox<ConnectionStatus>) {
    this.#status = status;
  }

  get state(): ConnectionState {
    return this.#status.get().state;
  }

  /** Why it is not open, while there is trouble; a RefusedError with its `code` when the gateway said no. */
  get reason(): Error | null {
    return this.#status.get().reason;
  }

  on(event: 'change', listener: (status: ConnectionStatus) => void): this {
    this.off(event, listener);
    this.#stops.set(listener, this.subscribe(listener));
    return this;
  }

  off(_event: 'change', listener: (status: ConnectionStatus) => void): this {
    this.#stops.get(listener)?.();
    this.#stops.delete(listener);
    return this;
  }

  /** With {@link get} what React's useSyncExternalStore takes. @returns how to stop */
  readonly subscribe = (listener: (status: ConnectionStatus) => void): (() => void) =>
    this.#status.subscribe(guarded(listener));

  readonly get = (): ConnectionStatus => this.#status.get();
}
