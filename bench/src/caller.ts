// A process that calls and measures: `caller.ts celeriac URL` or `caller.ts floor URL`. Prints one line of JSON.
import { io } from 'socket.io-client';
import { type Figures, timeBursts, timeSequence } from './measures.ts';
import { app, noop } from './tasks.ts';

/** Calls in flight on the floor; more gain nothing there (measured). */
const FLOOR_WINDOW = 1_000;

async function measureCeleriac(): Promise<Figures> {
  const roundTrip = await timeSequence((index) => noop.delay(index).get());
  const results = (count: number): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, (_, index) => noop.delay(index)).map((handle) => handle.get()));
  const resultsPerSecond = await timeBursts(results);
  const acceptsPerSecond = await timeBursts((count) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => noop.applyAsync([index], { queue: 'nobody' })).map(
        (handle) => handle.accepted,
      ),
    ),
  );
  await app.close();
  return { roundTrip, resultsPerSecond, acceptsPerSecond };
}

async function measureFloor(url: string): Promise<Figures> {
  const socket = io(url, { transports: ['websocket'] });
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  const call = (index: number): Promise<unknown> => socket.emitWithAck('call', index);
  const roundTrip = await timeSequence(call);
  const windowed = async (count: number): Promise<void> => {
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < count) await call(next++);
    };
    await Promise.all(Array.from({ length: FLOOR_WINDOW }, lane));
  };
  const resultsPerSecond = await timeBursts(windowed);
  socket.close();
  return { roundTrip, resultsPerSecond, acceptsPerSecond: resultsPerSecond };
}

const [subject = '', url = ''] = process.argv.slice(2);
const figures = subject === 'floor' ? await measureFloor(url) : await measureCeleriac();
console.log(JSON.stringify(figures));
