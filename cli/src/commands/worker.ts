import { createWorker } from '@celeriac/worker';
import { loadApps } from '../hosting/load-apps.ts';
import { runWorker } from '../hosting/run-worker.ts';
import { GATEWAY_ADDRESS } from '../options/common-flags.ts';
import { logLevelFlag, makeLogger } from '../options/logging.ts';
import { tokenOf } from '../options/token-file.ts';
import { WORKER_FLAGS, workerOptions } from '../options/worker-flags.ts';
import { defineVerb } from '../verb.ts';

const EPILOGUE = `Prints a line that starts with "ready" when it is connected to the gateway.
On SIGTERM, SIGINT or SIGHUP it takes no new tasks and waits for running ones; on a second signal it gives them back.

Example:
  celeriac worker tasks.ts --queues default,media --concurrency 4`;

export const workerVerb = defineVerb({
  name: 'worker',
  summary: 'run the tasks of a file',
  operands: [['<file>', 'a module that exports the app, such as tasks.ts']],
  flags: { ...GATEWAY_ADDRESS, ...WORKER_FLAGS, logLevel: logLevelFlag('info') },
  epilogue: EPILOGUE,
  async run({ operands: [file = ''], values, terminal }) {
    const { gateway, logLevel } = values;
    const token = tokenOf(values);
    const log = makeLogger('celeriac-worker', logLevel);
    const { apps, files } = await loadApps(file, values.import, log);
    return runWorker(createWorker(apps, { ...workerOptions(values, files, log), gateway, token }), terminal);
  },
});
