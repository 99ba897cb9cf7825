import { RefusedError } from '@celeriac/protocol';
import type { ShutdownReason, Worker } from '@celeriac/worker';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';
import type { Terminal } from '../terminal.ts';
import { onSignals } from './signals.ts';

/**
 * Prints the ready line with the gateway's welcome, and resolves when a signal or an operator has stopped the worker. The
 * first signal lets running tasks end, the second gives them back.
 * @throws CommandError when the gateway refuses the worker, at once or later for good
 */
export async function runWorker(worker: Worker, terminal: Terminal): Promise<ExitCode> {
  let asked = false;
  let why: ShutdownReason | undefined;
  let refusal: RefusedError | undefined;
  const stopped = new Promise<void>((resolve) => void worker.on('stopped', resolve));
  worker.on('refused', (error) => {
    refusal = error;
  });
  worker.on('shutdown', (facts) => {
    why = facts.why;
  });
  onSignals(
    () => {
      asked = true;
      void worker.stop();
    },
    () => void worker.stop({ now: true }),
  );
  try {
    await worker.start();
    terminal.print(readyLine(worker));
  } catch (error) {
    if (!asked && !(error instanceof RefusedError)) throw error;
  }
  await stopped;
  if (why === 'stopped' || why === 'ordered') return EXIT.ok;
  throw new CommandError(
    refusal === undefined
      ? 'the worker gave up: no child can be started'
      : `the gateway refused this worker (${refusal.code}): ${refusal.message}`,
  );
}

function readyLine({ name, queues, tasks }: Worker): string {
  return `ready ${name} queues=${queues.join(',')} tasks=${tasks.join(',')}`;
}
