/** Whether a name is free for a worker that comes, where another session has it. */
import { RefusedError } from '@celeriac/protocol';
import { show } from '@celeriac/protocol/internal';

/** The session that has the name. */
export interface NameHolder {
  readonly name: string;
  /** Names it to others. */
  readonly session: string;
  readonly host: string;
  /** 0 where it is not known. */
  readonly pid: number;
  /** Where its pid counts; empty where it is not known. */
  readonly machine: string;
  readonly connected: boolean;
  /** How long ago it was heard of, in milliseconds. */
  readonly silentMs: number;
  /** Takes no new tasks: it is about to stop. */
  readonly closing: boolean;
}

/** The worker that wants it. */
export interface NameClaimant {
  readonly machine: string;
  /** A session whose process, as it has seen on its machine, has ended. */
  readonly gone: string | null;
}

/** When it makes sense to ask again for a name whose holder may be gone by then. */
const ASK_AGAIN_MS = 1_000;

/** `retryAfterMs` is `null` where the holder is alive and stays. */
export class NameTakenError extends RefusedError {
  /** For a claimant on the same machine: it can see whether this process is still there. */
  readonly holder: { readonly session: string; readonly pid: number } | null;
  constructor(
    message: string,
    retryAfterMs: number | null,
    holder: { readonly session: string; readonly pid: number } | null,
  ) {
    super('NAME_TAKEN', message, retryAfterMs);
    this.holder = holder;
  }
}

/**
 * A holder is dead where its connection is closed and the claimant has seen that its process has ended; nothing else is a
 * proof before its grace is over, least of all that somebody else has its name.
 * @param aliveMs what was heard of within this time is alive
 * @returns `null` where the holder is dead
 */
export function judgeName(
  holder: NameHolder,
  claimant: NameClaimant,
  aliveMs: number,
): NameTakenError | null {
  const sameMachine = holder.pid > 0 && holder.machine !== '' && holder.machine === claimant.machine;
  if (!holder.connected && sameMachine && claimant.gone === holder.session) return null;
  const process = sameMachine ? { session: holder.session, pid: holder.pid } : null;
  const who = `the worker name ${show(holder.name)} belongs to another worker${placeOf(holder)}`;
  if (!holder.connected)
    return new NameTakenError(
      `${who}, which may come back until its grace period is over`,
      ASK_AGAIN_MS,
      process,
    );
  if (holder.silentMs > aliveMs)
    return new NameTakenError(`${who}, which has been silent for a while`, ASK_AGAIN_MS, process);
  if (holder.closing)
    return new NameTakenError(
      `${who}, which takes no new tasks and may be about to stop`,
      ASK_AGAIN_MS,
      process,
    );
  return new NameTakenError(`${who}, which is connected; give each its own name`, null, process);
}

function placeOf({ host, pid }: NameHolder): string {
  if (pid === 0) return '';
  return host === '' ? ` (process ${pid})` : ` (process ${pid} on ${host})`;
}
