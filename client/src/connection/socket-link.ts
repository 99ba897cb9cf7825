/** One socket.io connection, as the transport uses it. Which code speaks it is the surroundings' business (`#socket`). */
import type { ClientHello } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';

/** @internal */
export interface SocketDial {
  /** The gateway's; a path below it is kept. */
  readonly url: string;
  readonly clock: Clock;
  /** Of what may be said. */
  readonly names: readonly string[];
  /** Asked once the WebSocket is open; not asked again. */
  readonly hello: (send: (hello: ClientHello) => void) => void;
}

/** @internal */
export interface SocketEvents {
  /** The WebSocket is open, and the other end speaks Engine.IO. */
  opened(): void;
  said(name: string, body: unknown): void;
  /** It did not come to a session: the gateway's words are in `data`, or the cause in `description`. */
  failed(error: Error & { readonly data?: unknown; readonly description?: unknown }): void;
  /** @param details of what happened below: a close event in `context`, or an error */
  ended(why: string, details?: unknown): void;
}

/** @internal */
export interface SocketLink {
  emit(name: string, body: unknown, answer?: (said: unknown) => void): void;
  close(): void;
}

/** @internal */
export type OpenSocketLink = (dial: SocketDial, events: SocketEvents) => SocketLink;
