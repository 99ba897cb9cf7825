import { RefusedError } from '@celeriac/protocol';
import { COUNT_LIMIT } from '@celeriac/protocol/internal';
import { Alarm, type Clock } from '@celeriac/runtime';
import type { Grant } from './grant.ts';
import type { Quota } from './quotas.ts';

/** When a client that sends one refresh after the other may try again. */
const REFRESH_RETRY_MS = 1_000;

/**
 * One connection's time here, which lasts no longer than its token. The alarm goes by wall time, as tokens do; whoever hears
 * a frame asks {@link holds} as well, since a timer may be late.
 */
export class Stay {
  readonly quota: Quota;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #left: () => void;
  #grant: Grant;
  #over: RefusedError | undefined;
  #tell: (why: RefusedError) => void = () => {};
  #refreshing = false;

  constructor(grant: Grant, quota: Quota, clock: Clock, left: () => void) {
    this.#grant = grant;
    this.quota = quota;
    this.#clock = clock;
    this.#left = left;
    this.#alarm = new Alarm(clock, () => this.holds());
    this.#arm();
  }

  get grant(): Grant {
    return this.#grant;
  }

  /** For a welcome; empty where the token has no end. */
  get remaining(): { readonly tokenExpiresInMs?: number } {
    const { expiresAt } = this.#grant;
    if (expiresAt === null) return {};
    const leftMs = Math.floor(expiresAt - this.#clock.now());
    return { tokenExpiresInMs: Math.min(Math.max(0, leftMs), COUNT_LIMIT) };
  }

  /** @param tell closes the connection; called once at most, and at once where it is over already */
  onEnd(tell: (why: RefusedError) => void): void {
    this.#tell = tell;
    if (this.#over !== undefined) tell(this.#over);
  }

  /** Whether what is heard now still counts. Ends it when its token has. */
  holds(): boolean {
    if (this.#over !== undefined) return false;
    const { expiresAt } = this.#grant;
    if (expiresAt === null || this.#clock.now() < expiresAt) return true;
    this.end(expired());
    return false;
  }

  end(why: RefusedError): void {
    if (this.#over !== undefined) return;
    this.#over = why;
    this.leave();
    this.#tell(why);
  }

  /**
   * Puts another token in the place of the one it came with, which stays in force where this throws.
   * @param identify reads the other one
   * @throws RefusedError as `identify`; with `FORBIDDEN` for another subject's, `OVERLOADED` while another one is read
   */
  async refresh(identify: () => Promise<Grant>): Promise<void> {
    if (this.#refreshing)
      throw new RefusedError(
        'OVERLOADED',
        'another token of this connection is being checked',
        REFRESH_RETRY_MS,
      );
    this.#refreshing = true;
    try {
      const grant = await identify();
      if (!this.holds()) throw this.#over ?? expired();
      if (grant.subject !== this.#grant.subject)
        throw new RefusedError('FORBIDDEN', 'the token has another subject than the one before it');
      this.#grant = grant;
      this.#arm();
    } finally {
      this.#refreshing = false;
    }
  }

  /** The connection is gone. Idempotent. */
  leave(): void {
    this.#alarm.cancel();
    this.quota.leave();
    this.#left();
  }

  #arm(): void {
    this.#alarm.cancel();
    if (this.#grant.expiresAt !== null) this.#alarm.notice(this.#grant.expiresAt);
  }
}

function expired(): RefusedError {
  return new RefusedError('TOKEN_EXPIRED', 'the token of this connection has expired');
}
