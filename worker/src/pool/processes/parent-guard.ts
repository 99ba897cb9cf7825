/** Ends this process when its parent has ended, whatever its main thread is doing. Imports nothing of ours but the clock. */
import { workerData } from 'node:worker_threads';
import { systemClock } from '@celeriac/runtime';

const LOOK_EVERY_MS = 500;

const { parent } = workerData as { readonly parent: number };

function look(): void {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  systemClock.after(LOOK_EVERY_MS, look, true);
}

look();
