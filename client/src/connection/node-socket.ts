/** socket.io's own client: for Node and other runtimes, where it brings the WebSocket. */
import { CLIENT_MARK, CLIENT_PATH } from '@celeriac/protocol/internal';
import { timersLetGo } from '@celeriac/runtime';
import { io } from 'socket.io-client';
import { GuardedWebSocket } from './guarded-web-socket.ts';
import type { OpenSocketLink } from './socket-link.ts';

/** The longest that a timer can be set to. */
const NEVER_MS = 2 ** 31 - 1;

/** @internal */
export const openSocket: OpenSocketLink = ({ url, names, hello }, events) => {
  const { origin, pathname } = new URL(url);
  const socket = io(origin, {
    path: pathname.replace(/\/+$/, '') + CLIENT_PATH,
    query: { [CLIENT_MARK]: '1' },
    transports: [GuardedWebSocket],
    upgrade: false,
    forceNew: true,
    reconnection: false,
    // Its own timer would not read first what has arrived.
    timeout: NEVER_MS,
    // The process is held by ProcessHold alone.
    autoUnref: timersLetGo(),
    auth: hello,
  });
  socket.io.once('open', () => events.opened());
  for (const name of names) socket.on(name, (body: unknown) => events.said(name, body));
  socket.on('connect_error', (error) => events.failed(error));
  socket.on('disconnect', (why, details) => events.ended(why, details));
  return {
    emit: (name, body, answer) => {
      if (answer === undefined) socket.emit(name, body);
      else socket.emit(name, body, answer);
    },
    close: () => void socket.disconnect(),
  };
};
