import type { ClientFrames, GatewayFrames } from '@celeriac/protocol';
import type { Server, Socket } from 'socket.io';
import type { Grant } from '../auth/grant.ts';
import type { Stay } from '../auth/stay.ts';

export interface SocketData {
  /** What its token allows by now. */
  grant: Grant;
  stay: Stay;
  protocol: number;
  /** Of the network, of whoever is at its other end. */
  address: string;
  /** The largest frame that it takes, in bytes. */
  frameLimit: number;
}

/** A client's socket, with the protocol's frames as its events. */
export type ClientSocket = Socket<ClientFrames, GatewayFrames, Record<string, never>, SocketData>;
export type ClientServer = Server<ClientFrames, GatewayFrames, Record<string, never>, SocketData>;
