/** What waits for the end of this event-loop turn, to leave in one write. */
import type { ChunksItem, ProgressItem, SettledItem, WirePayload } from '@celeriac/protocol';
import type { TurnReports } from './frames.ts';

export class Outgoing {
  /** The latest of each attempt: only the newest counts. */
  readonly #progress = new Map<string, ProgressItem>();
  /** Of each attempt those that follow one another, by its nonce. */
  readonly #chunks = new Map<string, { readonly first: number; readonly payloads: WirePayload[] }>();
  #settled: SettledItem[] = [];
  #released: string[] = [];
  #capacity: number | undefined;

  progress(item: ProgressItem): void {
    this.#progress.set(item[0], item);
  }

  /** @param payloads those from `first` on; what waits already of this attempt ends there */
  chunks(nonce: string, first: number, payloads: readonly WirePayload[]): void {
    const waiting = this.#chunks.get(nonce);
    if (waiting === undefined) this.#chunks.set(nonce, { first, payloads: [...payloads] });
    else waiting.payloads.push(...payloads);
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
   * @param withProgress false leaves progress for later, where newer may replace it; but of what ends now it is the last
   */
  take(started: readonly string[], withProgress: boolean): TurnReports {
    const progress = withProgress ? [...this.#progress.values()] : this.#lastProgress();
    const turn: TurnReports = {
      started,
      progress,
      chunks: [...this.#chunks].map(([nonce, { first, payloads }]): ChunksItem => [nonce, first, payloads]),
      settled: this.#settled,
      released: this.#released,
      capacity: this.#capacity,
    };
    for (const [nonce] of progress) this.#progress.delete(nonce);
    this.#chunks.clear();
    this.#settled = [];
    this.#released = [];
    this.#capacity = undefined;
    return turn;
  }

  #lastProgress(): readonly ProgressItem[] {
    return this.#settled.flatMap(([nonce]) => {
      const item = this.#progress.get(nonce);
      return item === undefined ? [] : [item];
    });
  }

  /** Another connection begins: the hello says anew what still holds. */
  reset(): void {
    this.take([], true);
  }
}
