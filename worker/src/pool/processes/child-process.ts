/**
 * A child process of a worker. It ends when the worker says so, and at once when the worker is gone: signals are the
 * worker's business (a terminal sends Ctrl-C, and its own end, to all of us), its death is noticed by the end of the channel.
 */
import { Worker } from 'node:worker_threads';
import { becomePoolChild, ownThreadFlags } from '@celeriac/runtime';
import { Child } from '../child/child.ts';
import type { FromChild, ToChild } from '../child/child-messages.ts';

/** The sibling of this file, in the sources or built. */
const GUARD = new URL(`./parent-guard${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('disconnect', () => process.exit(1));

becomePoolChild('process');
const child = new Child({
  // A channel that breaks is followed by `disconnect`.
  post: (message: FromChild) => void process.send?.(message, undefined, undefined, () => undefined),
});
process.on('message', (message: ToChild) => child.receive(message));

// A body that never gives way would not hear of the disconnect: a thread of its own watches for that.
const guard = new Worker(GUARD, {
  workerData: { parent: process.ppid },
  name: 'celeriac-parent-guard',
  // What the program preloads may be large, and is of no use to it.
  execArgv: [...ownThreadFlags(process.execArgv)],
  resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
});
// Without it all is well until the worker dies during a body that never gives way.
guard.on('error', (error) => process.emitWarning(`cannot watch for the end of the worker: ${String(error)}`));
guard.unref();
