/** graphile-worker, tuned as its page on performance says. It returns no results: its worker tells which jobs are complete. */
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { inOneStatement, listenTo, openTelling } from './told.mjs';

const logger = new Logger(() => () => undefined);

export async function startWorker({ url, concurrency, localQueue }) {
  const { port, tell } = await openTelling();
  const worker = {
    connectionString: url,
    concurrentJobs: concurrency,
    localQueue: { size: localQueue },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
    maxPoolSize: 10,
    pollInterval: 1_000,
  };
  const runner = await run({
    preset: { worker: { ...worker, logger } },
    noHandleSignals: true,
    taskList: { noop: async () => undefined },
  });
  runner.events.on('job:complete', ({ job }) => tell(job.payload.value));
  return { told: port };
}

export async function startCaller({ url, told }) {
  const ended = told === undefined ? undefined : await listenTo(told);
  const utils = await makeWorkerUtils({ connectionString: url, maxPoolSize: 10, logger });
  await utils.migrate();
  const add = inOneStatement((jobs) => utils.addJobs(jobs));
  let made = 0;
  return {
    call: async () => {
      const value = made++;
      const end = ended(value);
      await add({ identifier: 'noop', payload: { value } });
      await end;
    },
    accept: (value) => add({ identifier: 'nobody', payload: { value } }),
  };
}
