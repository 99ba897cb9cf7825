/** A gateway that is not there, or does not let us in: what a command says of it, and when it gives up. */
import { type Celeriac, type ConnectionStatus, RefusedError } from '@celeriac/client';
import { deadline, type Timer } from '@celeriac/runtime';
import { CommandError } from '../output/exit.ts';
import type { Terminal } from '../terminal.ts';

/** How long a gateway that has never answered is tried: it may be starting. Nothing has been sent to it. */
const ABSENCE_MS = 5_000;
/** A busy gateway is worth another try; one that does not let us in is not. */
const PASSING: ReadonlySet<string> = new Set(['OVERLOADED', 'SHUTTING_DOWN']);

export interface Absence {
  /** Rejects with CommandError where there is nothing to wait for; never resolves. */
  readonly certain: Promise<never>;
  /** Idempotent. */
  cancel(): void;
}

/**
 * Says once that the gateway is not there, since trying on looks like hanging.
 * @param patient somebody else's timeout ends the waiting
 */
export function watchAbsence(
  connection: Celeriac['connection'],
  url: string,
  terminal: Terminal,
  patient: boolean,
): Absence {
  let told = false;
  let late: Timer | undefined;
  const certain = new Promise<never>((_, reject) => {
    const giveUp = (): void => {
      // It is there, and says when to come back.
      if (connection.reason instanceof RefusedError) return;
      reject(new CommandError(`no gateway answered at ${url} within ${ABSENCE_MS / 1_000} s`));
    };
    if (!patient) late = deadline(terminal.clock, ABSENCE_MS, giveUp);
    connection.on('change', ({ state, reason }: ConnectionStatus) => {
      if (state === 'open') late?.cancel();
      if (reason === null || (state !== 'reconnecting' && !(reason instanceof RefusedError))) return;
      if (reason instanceof RefusedError && !PASSING.has(reason.code)) {
        reject(new CommandError(`the gateway refused this client (${reason.code}): ${reason.message}`));
      } else if (!told) {
        told = true;
        terminal.complain(`celeriac: ${reason.message}; trying again`);
      }
    });
  });
  return { certain, cancel: () => late?.cancel() };
}
