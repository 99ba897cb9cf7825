/** bee-queue: own ids and the queue's events, because a handle misses the end of a job that comes before the reply to its save. */
import Queue from 'bee-queue';

const redisOf = ({ port }) => ({ host: '127.0.0.1', port });

export async function startWorker(settings) {
  const queue = new Queue('served', { redis: redisOf(settings), getEvents: false, storeJobs: false });
  queue.process(settings.concurrency, async (job) => job.data);
  await queue.ready();
}

export async function startCaller(settings) {
  const options = { redis: redisOf(settings), isWorker: false, storeJobs: false };
  const queue = new Queue('served', options);
  const unserved = new Queue('nobody', { ...options, getEvents: false });
  const waiting = new Map();
  queue.on('job succeeded', (id, result) => {
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  await Promise.all([queue.ready(), unserved.ready()]);
  let made = 0;
  return {
    call: (value) =>
      new Promise((resolve, reject) => {
        const id = `call-${made++}`;
        waiting.set(id, resolve);
        queue.createJob(value).setId(id).save().catch(reject);
      }),
    accept: (value) => unserved.createJob(value).save(),
  };
}
