import {
  type GatewayWorkerFrame,
  PAYLOAD_LIMIT,
  type WorkerFrame,
  type WorkerWelcome,
} from '@celeriac/protocol/internal';
import type { OpenSocket } from '../src/session/dialer.ts';
import type { SocketListener } from '../src/session/gateway-socket.ts';

/** A gateway that does what a test says, at the end of a socket without a network: all is heard at once. */
export class HandGateway {
  /** What it was told, over whichever socket. */
  readonly frames: WorkerFrame[] = [];
  /** How often it was dialled. */
  dials = 0;
  #socket: SocketListener | undefined;

  readonly openSocket: OpenSocket = (_, listener) => {
    this.dials += 1;
    this.#socket = listener;
    return {
      backlog: 0,
      write: (frames, whenWritten) => {
        this.frames.push(...frames.map((frame): WorkerFrame => JSON.parse(frame)));
        whenWritten?.();
      },
      close: () => undefined,
      terminate: () => undefined,
    };
  };

  say(frame: GatewayWorkerFrame): void {
    this.#socket?.received(JSON.stringify(frame));
  }

  /** Takes the connection, and welcomes who comes. */
  welcome(given: Partial<WorkerWelcome> = {}): void {
    this.#socket?.opened();
    this.say([
      'welcome',
      {
        protocol: 1,
        session: 's',
        resumed: true,
        epoch: 'e',
        lost: [],
        leaseMs: 600_000,
        heartbeatMs: 60_000,
        payloadLimit: PAYLOAD_LIMIT,
        ...given,
      },
    ]);
  }

  hangUp(): void {
    this.#socket?.closed({ code: 1006, reason: 'no', refusal: undefined, choked: false });
  }
}
