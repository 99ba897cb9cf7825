import type { IncomingMessage } from 'node:http';
import { PROTOCOL, type ProtocolRange, RefusedError } from '@celeriac/protocol';
import { agree, REFUSAL_HEADER, type Refusal } from '@celeriac/protocol/internal';
import { checkOrigin, type OriginRefusal } from './auth/origin-guard.ts';
import type { TransportContext } from './context.ts';
import { type PeerConnection, SocketConnection } from './peer-connection.ts';

/** An upgrade that is answered with a WebSocket. */
export interface AcceptedUpgrade {
  readonly peer: PeerConnection;
  /** If set, the peer is told this and nothing else. */
  readonly foreign: OriginRefusal | null;
}

/**
 * Checks an upgrade for either link, before anything after it is read.
 * @param inWords tell a refused page over the WebSocket: it would see nothing of an HTTP answer
 * @returns `undefined` if it was refused
 */
export function receive(
  request: IncomingMessage,
  context: TransportContext,
  inWords = false,
): AcceptedUpgrade | undefined {
  const { socket } = request;
  // A peer that resets during the handshake must not take the gateway with it.
  socket.on('error', () => socket.destroy());
  const foreign = checkOrigin(request.headers, context.origins);
  const refusal = (inWords ? null : foreign) ?? context.connections.enter(socket);
  const from = socket.remoteAddress ?? 'unknown';
  if (refusal === null) {
    const peer = new SocketConnection(socket, from, context.clock, () => context.connections.letIn(socket));
    return { peer, foreign };
  }
  const { code, message } = refusal;
  context.telemetry.emit('clientRefused', { code, message, from });
  const status = refusal === foreign ? '403 Forbidden' : '503 Service Unavailable';
  const retryAfterMs = 'retryAfterMs' in refusal ? refusal.retryAfterMs : null;
  const mark = headerOf({ code, message, retryAfterMs });
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\n${mark}\r\nContent-Type: text/plain\r\n\r\n${message}\n`,
    () => socket.destroy(),
  );
  return undefined;
}

function headerOf(refusal: Refusal): string {
  return `${REFUSAL_HEADER}: ${encodeURIComponent(JSON.stringify(refusal))}`;
}

/** The version that both speak. @throws RefusedError where there is none */
export function commonProtocol({ min, max }: ProtocolRange, who: 'client' | 'worker'): number {
  const protocol = agree(PROTOCOL, { min, max });
  if (protocol !== undefined) return protocol;
  throw new RefusedError(
    'UNSUPPORTED_PROTOCOL',
    `this gateway speaks protocol ${PROTOCOL.min} to ${PROTOCOL.max}, the ${who} ${min} to ${max}`,
  );
}
