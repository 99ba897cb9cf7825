import type { WireTaskLimits } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import { giveBack, isUsedUp, nextTokenAt, spacingOf, take, tokensAt } from '../core/bucket.ts';
import { effectiveLimits, type NamedSettings, NOTHING_SET, type TaskSettings } from '../core/settings.ts';
import type { Catalog } from './catalog.ts';
import type { Leases } from './leases.ts';

/** A task that has limits here. */
interface Limited {
  readonly taskLimit: number | null;
  readonly spacingMs: number | null;
  /** Monotonic: see {@link tokensAt}. */
  dueAt: number;
  /** Promised to what is on its way: claims, and inserts that lease. */
  reserved: number;
}

const EMPTY = Number.NEGATIVE_INFINITY;

/**
 * How many tasks of each name may be handed out now, over all workers. Kept in memory for the names that have limits: after
 * a restart a bucket is as full as a fresh one, which is a tenth of a second's tokens.
 *
 * What is handed out is reserved first and settled when it is known how much it was, so that two claims on their way
 * never take the same token. Limits per key are the engine's.
 */
export class RunLimits {
  readonly #clock: Clock;
  readonly #catalog: Catalog;
  readonly #leases: Leases;
  readonly #settings = new Map<string, TaskSettings>();
  #limited = new Map<string, Limited>();
  #revision = -1;

  constructor(clock: Clock, catalog: Catalog, leases: Leases) {
    this.#clock = clock;
    this.#catalog = catalog;
    this.#leases = leases;
  }

  /** What an operator set, of these tasks. */
  load(settings: readonly NamedSettings[]): void {
    for (const [name, one] of settings) this.#settings.set(name, one);
    this.#revision = -1;
  }

  settings(name: string): TaskSettings {
    return this.#settings.get(name) ?? NOTHING_SET;
  }

  /** What holds for a task. */
  of(name: string): WireTaskLimits {
    return effectiveLimits(this.#catalog.options(name), this.settings(name));
  }

  /** How many of this name may be handed out now; `Infinity` where nothing limits it. */
  room(name: string): number {
    const limited = this.#find(name);
    if (limited === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(this.#free(name, limited), this.#tokens(limited)));
  }

  reserve(name: string, count: number): void {
    const limited = this.#find(name);
    if (limited === undefined) return;
    limited.reserved += count;
    if (limited.spacingMs !== null)
      limited.dueAt = take(limited.dueAt, limited.spacingMs, count, this.#clock.monotonic());
  }

  /** So many were reserved, and so many of them are held now; the tokens of the others come back. */
  settle(name: string, reserved: number, held: number): void {
    const limited = this.#find(name);
    if (limited === undefined) return;
    // A limit that is younger than the reservation knows nothing of it.
    limited.reserved = Math.max(0, limited.reserved - reserved);
    if (limited.spacingMs !== null)
      limited.dueAt = giveBack(limited.dueAt, limited.spacingMs, reserved - held);
  }

  /** How long it takes until there is a token, for a name that has none; `undefined` where that is not what it waits for. */
  rateWaitMs(name: string): number | undefined {
    const limited = this.#find(name);
    if (limited === undefined || limited.spacingMs === null || this.#tokens(limited) > 0) return undefined;
    return Math.max(0, nextTokenAt(limited.dueAt) - this.#clock.monotonic());
  }

  /** Whether its rate is what a ready task of this name waits for. */
  isRated(name: string): boolean {
    const limited = this.#find(name);
    if (limited === undefined || limited.spacingMs === null) return false;
    return isUsedUp(limited.dueAt, limited.spacingMs, this.#clock.monotonic());
  }

  #free(name: string, { taskLimit, reserved }: Limited): number {
    return taskLimit === null ? Number.POSITIVE_INFINITY : taskLimit - this.#leases.countOf(name) - reserved;
  }

  #tokens({ spacingMs, dueAt }: Limited): number {
    return spacingMs === null
      ? Number.POSITIVE_INFINITY
      : tokensAt(dueAt, spacingMs, this.#clock.monotonic());
  }

  #find(name: string): Limited | undefined {
    if (this.#revision !== this.#catalog.revision) this.#refresh();
    return this.#limited.get(name);
  }

  /** A bucket stays as empty as it is when its rate changes; what is reserved stays reserved. */
  #refresh(): void {
    this.#revision = this.#catalog.revision;
    const limited = new Map<string, Limited>();
    for (const name of new Set([...this.#catalog.names(), ...this.#settings.keys()])) {
      const { ratePerHour, taskLimit } = this.of(name);
      if (ratePerHour === null && taskLimit === null) continue;
      const { dueAt = EMPTY, reserved = 0, spacingMs: before = null } = this.#limited.get(name) ?? {};
      const spacingMs = ratePerHour === null ? null : spacingOf(ratePerHour);
      limited.set(name, {
        taskLimit,
        spacingMs,
        reserved,
        dueAt: rescaled(dueAt, before, spacingMs, this.#clock),
      });
    }
    this.#limited = limited;
  }
}

/** Keeps the number of runs behind or ahead: a debt made at one an hour must not last an hour at ten a second. */
function rescaled(dueAt: number, before: number | null, after: number | null, clock: Clock): number {
  if (before === null || after === null || before === after) return dueAt;
  const now = clock.monotonic();
  return dueAt <= now ? dueAt : now + ((dueAt - now) * after) / before;
}
