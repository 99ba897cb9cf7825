/** BullMQ: results come by QueueEvents, which reads from the beginning, or it would miss what ends before its first read. */
import { Queue, QueueEvents, Worker } from 'bullmq';

const connectionOf = ({ port }) => ({ host: '127.0.0.1', port, maxRetriesPerRequest: null });

export async function startWorker({ ticks, ...settings }) {
  const body = async (job) => {
    if (job.name !== 'ticks') return job.data;
    await new Promise((resolve) => setTimeout(resolve, job.data.firstMs));
    for (let tick = 0; tick < job.data.ticks; tick++) {
      const [seconds, nanoseconds] = process.hrtime();
      await job.updateProgress({ at: seconds * 1e3 + nanoseconds / 1e6 });
      await new Promise((resolve) => setTimeout(resolve, job.data.everyMs));
    }
    return null;
  };
  const worker = new Worker('served', body, {
    connection: connectionOf(settings),
    concurrency: settings.concurrency,
  });
  await worker.waitUntilReady();
}

export async function startCaller({ ticks, firstMs, everyMs, ...settings }) {
  const connection = connectionOf(settings);
  const queue = new Queue('served', { connection });
  const unserved = new Queue('nobody', { connection });
  const events = new QueueEvents('served', { connection, lastEventId: '0-0' });
  const waiting = new Map();
  events.on('completed', ({ jobId, returnvalue }) => {
    waiting.get(jobId)?.(returnvalue);
    waiting.delete(jobId);
  });
  await Promise.all([queue.waitUntilReady(), unserved.waitUntilReady(), events.waitUntilReady()]);
  let made = 0;
  return {
    call: (value) =>
      new Promise((resolve, reject) => {
        const jobId = `call-${made++}`;
        waiting.set(jobId, resolve);
        queue.add('noop', value, { jobId }).catch(reject);
      }),
    accept: (value) => unserved.add('noop', value),
    tick: async () => (await queue.add('ticks', { ticks, firstMs, everyMs })).id,
  };
}

/** One connection each, as a server that keeps one for each of its clients. */
export async function startWatchers(settings, count) {
  const connection = connectionOf(settings);
  const watchers = Array.from({ length: count }, () => new QueueEvents('served', { connection }));
  await Promise.all(watchers.map((events) => events.waitUntilReady()));
  return {
    watch: (id, seen) =>
      Promise.all(
        watchers.map(
          (events) =>
            new Promise((resolve) => {
              events.on('progress', ({ jobId, data }) => jobId === id && seen(data.at));
              events.on('completed', ({ jobId }) => jobId === id && resolve());
            }),
        ),
      ),
  };
}
