import type { IncomingMessage } from 'node:http';
import { checkOrigin } from './auth/origin-guard.ts';
import type { House } from './house.ts';
import { type Line, SocketLine } from './line.ts';

/**
 * Looks at an upgrade on behalf of either link, before anybody reads what follows it.
 * @returns the line under it; `undefined` for one that was turned away
 */
export function receive(request: IncomingMessage, house: House): Line | undefined {
  const { socket } = request;
  // A peer that resets during the handshake must not take the gateway with it.
  socket.on('error', () => socket.destroy());
  const foreign = checkOrigin(request.headers, house.origins);
  const refusal = foreign ?? house.connections.enter(socket);
  if (refusal === null)
    return new SocketLine(socket, socket.remoteAddress ?? 'unknown', house.clock, () =>
      house.connections.letIn(socket),
    );
  const { code, message } = refusal;
  house.telemetry.emit('clientRefused', { code, message, from: socket.remoteAddress ?? 'unknown' });
  const status = foreign === null ? '503 Service Unavailable' : '403 Forbidden';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n${message}\n`, () =>
    socket.destroy(),
  );
  return undefined;
}
