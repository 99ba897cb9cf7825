import type { WorkerHello, WorkerRefusal } from '@celeriac/protocol/internal';
import type { Clock, MachinePlace } from '@celeriac/runtime';
import type { Logger } from 'pino';

/**
 * How long the name is asked for again. Of a session that may be gone: longer than a lease, and than what a worker takes to
 * leave. Of one that is alive and stays: as long as it may take to be told to leave.
 */
const PATIENCE_MS = { passing: 60_000, alive: 15_000 };

/**
 * What a worker does when another session has its name: it looks whether that session's process is still there, says so in its next
 * hello, and asks again for a while. Only the gateway takes a name from anybody.
 */
export class NameClaim {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #place: Pick<MachinePlace, 'hasEnded'>;
  #since: number | undefined;
  #aliveSince: number | undefined;
  #gone: string | undefined;

  constructor({ clock, log }: { clock: Clock; log: Logger }, place: Pick<MachinePlace, 'hasEnded'>) {
    this.#clock = clock;
    this.#log = log;
    this.#place = place;
  }

  /** What the next hello says of a session whose process has ended. */
  get said(): Pick<WorkerHello, 'gone'> {
    return this.#gone === undefined ? {} : { gone: this.#gone };
  }

  /**
   * Notes how a connection ended.
   * @param refusal what the gateway said before
   * @returns whether the name was taken and is to be asked for again
   */
  asksAgain(refusal: WorkerRefusal | undefined): boolean {
    if (refusal?.code !== 'NAME_TAKEN') {
      this.granted();
      return false;
    }
    const now = this.#clock.monotonic();
    if (this.#since === undefined) this.#tell(refusal);
    this.#since ??= now;
    const { holder, retryAfterMs } = refusal;
    this.#aliveSince = retryAfterMs === undefined ? (this.#aliveSince ?? now) : undefined;
    this.#gone = holder !== undefined && this.#place.hasEnded(holder.pid) ? holder.session : undefined;
    const alive = this.#aliveSince !== undefined && now - this.#aliveSince >= PATIENCE_MS.alive;
    return !alive && now - this.#since < PATIENCE_MS.passing;
  }

  /** The name is ours, or nothing says that it is not. */
  granted(): void {
    this.#since = undefined;
    this.#aliveSince = undefined;
    this.#gone = undefined;
  }

  #tell({ code, message }: WorkerRefusal): void {
    this.#log.warn({ code, reason: message }, 'the name of this worker is taken, retrying for a while');
  }
}
