/** What waits for the end of this event-loop turn, to leave in one write. */
import type { ProgressItem, SettledItem } from '@celeriac/protocol';
import type { TurnReports } from './frames.ts';

export class Outgoing {
  /** The latest of each attempt: only the newest counts. */
  readonly #progress = new Map<string, ProgressItem>();
  #settled: SettledItem[] = [];
  #released: string[] = [];
  #capacity: number | undefined;

  progress(item: ProgressItem): void {
    this.#progress.set(item[0], item);
  }

  settled(item: SettledItem): void {
    this.#settled.push(item);
  }

  release(nonces: readonly string[]): void {
    this.#released.push(...nonces);
  }

  capacity(capacity: number): void {
    this.#capacity = capacity;
  }

  /**
   * Takes what waits.
   * @param started attempts that begin now
   * @param withProgress false leaves progress for later, where newer may replace it
   */
  take(started: readonly string[], withProgress: boolean): TurnReports {
    const turn: TurnReports = {
      started,
      progress: withProgress ? [...this.#progress.values()] : [],
      settled: this.#settled,
      released: this.#released,
      capacity: this.#capacity,
    };
    if (withProgress) this.#progress.clear();
    this.#settled = [];
    this.#released = [];
    this.#capacity = undefined;
    return turn;
  }

  /** Another connection begins: the hello says anew what still holds. */
  reset(): void {
    this.take([], true);
  }
}
