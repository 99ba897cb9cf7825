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

/** An app that nobody holds any more is collected, and its connection closed. */
const held: unknown[] = [];

for (let dialled = 0; dialled < count; dialled += AT_ONCE)
  if (kind === 'celeriac') {
    const crowd = makeCrowd(url, AT_ONCE);
    held.push(crowd);
    await connectAll(crowd);
  } else await dial();
console.log('connected');
// An app that nothing waits for keeps no process alive.
setInterval(() => held.length, 60_000);
