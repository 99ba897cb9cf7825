// Clients that are connected and do nothing: `idle-clients.ts celeriac|socket.io URL COUNT`. Prints a line when all are.
import { io } from 'socket.io-client';
import { connectAll, makeCrowd } from '../crowd.ts';

const [kind = '', url = '', text = '0'] = process.argv.slice(2);
const count = Number(text);
/** Dialled at once by one process. */
const AT_ONCE = 250;

async function dial(): Promise<void> {
  const sockets = Array.from({ length: AT_ONCE }, () =>
    io(url, { transports: ['websocket'], forceNew: true }),
  );
  await Promise.all(
    sockets.map((socket) => new Promise<void>((resolve) => socket.once('connect', () => resolve()))),
  );
}

for (let dialled = 0; dialled < count; dialled += AT_ONCE)
  await (kind === 'celeriac' ? connectAll(makeCrowd(url, AT_ONCE)) : dial());
console.log('connected');
