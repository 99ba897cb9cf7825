import type { ClientFrame, GatewayFrame, ToldIn } from '@celeriac/protocol/internal';
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

/** What a client says is not read yet. */
type Heard = { readonly [Name in ClientFrame]: (said: unknown, answer: unknown) => void };
type Told = { readonly [Name in GatewayFrame]: (said: ToldIn<Name>) => void };

/** A client's socket, with the protocol's frames as its events. */
export type ClientSocket = Socket<Heard, Told, Record<string, never>, SocketData>;
export type ClientServer = Server<Heard, Told, Record<string, never>, SocketData>;
