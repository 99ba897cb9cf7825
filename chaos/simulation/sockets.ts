/**
 * The gateway's ends of connections, in the shape of the sockets that its transports hold. The only place where an
 * imitation is passed for a library's own: each has what our code calls, and nothing else.
 */
import { EventEmitter } from 'node:events';
import type { ClientSocket, WorkerConversation } from '@celeriac/gateway/testing';
import type { WorkerFrame } from '@celeriac/protocol/internal';
import type { Sabotage } from './sabotage.ts';
import type { End } from './simulated-connection.ts';

type WebSocket = ConstructorParameters<typeof WorkerConversation>[0];

/** How long `ws` waits for the other half of a closing handshake. */
const CLOSE_PATIENCE_MS = 30_000;

/** A worker's WebSocket. */
export function workerSocket(end: End, { hear, workerGone }: Sabotage): WebSocket {
  const events = new EventEmitter();
  end.listen({
    received: (frame) => {
      const heard = hear === undefined ? frame : bitten(String(frame), (said) => hear(said, end));
      if (heard !== null) events.emit('message', String(heard), false);
    },
    closed: ({ code, reason }) => {
      events.emit('close', code, reason);
      workerGone?.();
    },
  });
  const socket = {
    OPEN: 1,
    get readyState(): number {
      return end.open ? 1 : 3;
    },
    on: (event: string, listener: (...facts: never[]) => void) => {
      events.on(event, listener as (...facts: unknown[]) => void);
      return socket;
    },
    send: (text: string) => end.send(text),
    // Nobody answers: the next heartbeat has to do.
    ping: () => {},
    close: (code: number, reason: string) => end.close({ code, reason: String(reason) }, CLOSE_PATIENCE_MS),
  };
  return socket as unknown as WebSocket;
}

function bitten(text: string, hear: (frame: WorkerFrame) => WorkerFrame | null): string | null {
  const heard = hear(JSON.parse(text) as WorkerFrame);
  return heard === null ? null : JSON.stringify(heard);
}

/** What goes over a client's connection: an event with what belongs to it, and the number of its answer if it wants one. */
export type ClientPacket = readonly [event: string, body: unknown, answer?: number];

/** A client's socket.io socket. */
export function clientSocket(
  end: End,
  stay: ClientSocket['data']['stay'],
  soon: (callback: () => void) => void,
): ClientSocket {
  const events = new EventEmitter();
  const engine = new EventEmitter();
  let connected = true;
  let draining = false;
  const over = (): void => {
    if (!connected) return;
    connected = false;
    events.emit('disconnect', 'transport close');
  };
  // engine.io says so when its buffer has been passed on; a reader that is held up leaves it full.
  const drain = (): void => {
    if (draining) return;
    draining = true;
    soon(() => {
      draining = false;
      if (end.backlog === 0) engine.emit('drain');
      else drainLater();
    });
  };
  const drainLater = (): void => {
    if (connected) end.whenClear(drain);
  };
  end.listen({
    received: (packet) => {
      const [event, body, number] = packet as ClientPacket;
      if (number === undefined) events.emit(event, body);
      else
        events.emit(event, body, (answer: unknown) =>
          end.send(['answer', answer, number] satisfies ClientPacket),
        );
    },
    closed: over,
  });
  const socket = {
    data: { grant: stay.grant, stay, protocol: 1, address: 'simulated' },
    conn: engine,
    get connected(): boolean {
      return connected;
    },
    on: (event: string, listener: (...facts: never[]) => void) => {
      events.on(event, listener as (...facts: unknown[]) => void);
      return socket;
    },
    emit: (event: string, body: unknown) => {
      end.send([event, body] satisfies ClientPacket);
      drain();
      return true;
    },
    disconnect: () => {
      end.terminate();
      over();
      return socket;
    },
  };
  return socket as unknown as ClientSocket;
}
