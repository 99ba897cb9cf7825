/** For queues that return no results: the worker tells the caller which tasks it has run, over a socket of their own. */
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** @returns the port, and a function that tells one; those of a turn leave together */
export async function openTelling() {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket.setNoDelay(true).on('error', () => sockets.delete(socket)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  let batch = [];
  const tell = (value) => {
    if (batch.push(value) > 1) return;
    setImmediate(() => {
      for (const socket of sockets) socket.write(`${batch.join(' ')}\n`);
      batch = [];
    });
  };
  return { port: server.address().port, tell };
}

/** Adds all of a turn in one statement, as these queues advise. @returns a function that waits until its job is added */
export function inOneStatement(add) {
  let batch = [];
  return (job) =>
    new Promise((resolve, reject) => {
      if (batch.push({ job, resolve, reject }) > 1) return;
      setImmediate(() => {
        const full = batch;
        batch = [];
        add(full.map((one) => one.job)).then(
          () => full.map((one) => one.resolve()),
          (error) => full.map((one) => one.reject(error)),
        );
      });
    });
}

/** @returns a function that waits until the worker has told this value */
export async function listenTo(port) {
  const waiting = new Map();
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  createInterface({ input: socket }).on('line', (line) => {
    for (const value of line.split(' ')) {
      waiting.get(value)?.();
      waiting.delete(value);
    }
  });
  return (value) => new Promise((resolve) => waiting.set(`${value}`, resolve));
}
