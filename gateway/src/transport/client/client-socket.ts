import type { ClientFrames, GatewayFrames } from '@celeriac/protocol';
import type { Server, Socket } from 'socket.io';
import type { Grant } from '../auth/grant.ts';

export interface SocketData {
  grant: Grant;
  protocol: number;
  /** The largest frame that it takes, in bytes. */
  frameLimit: number;
}

/** A client's socket, with the protocol's frames as its events. */
export type ClientSocket = Socket<ClientFrames, GatewayFrames, Record<string, never>, SocketData>;
export type ClientServer = Server<ClientFrames, GatewayFrames, Record<string, never>, SocketData>;
