/**
 * One event-loop turn: those that find a slot are announced, everything that waits leaves in one write, and
 * only then are the bodies entered. A body may kill this process with its first statement, and the gateway
 * must know by then that it had started.
 */
import type { ChunksItem, ProgressItem, SettledItem, WirePayload } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import type { Slots } from '../attempts/slots.ts';
import { encodeTurn, type FrameBounds } from '../session/frames.ts';
import type { Session } from '../session/session.ts';

/** Bytes that the kernel has not taken, above which progress waits for the latest. */
const BACKED_UP = 1024 * 1024;
const NOTHING: readonly ProgressItem[] = [];

export interface TurnParts {
  readonly clock: Pick<Clock, 'soon'>;
  readonly session: Pick<Session, 'mayStart' | 'backlog' | 'write'>;
  readonly slots: Pick<Slots, 'announce' | 'enter'>;
  readonly framing: () => FrameBounds;
  /** Where the gateway is to hear it anew. */
  readonly capacity: () => number | undefined;
  /** Called in each turn in which anything has happened. */
  readonly look: () => void;
}

export class Turn {
  readonly #parts: TurnParts;
  /** The latest of each attempt: only the newest counts. */
  readonly #progress = new Map<string, ProgressItem>();
  /** Of each attempt those that follow one another, by its nonce. */
  readonly #chunks = new Map<string, readonly [nonce: string, first: number, payloads: WirePayload[]]>();
  #settled: SettledItem[] = [];
  #released: string[] = [];
  #scheduled = false;

  constructor(parts: TurnParts) {
    this.#parts = parts;
  }

  progress(item: ProgressItem): void {
    this.#progress.set(item[0], item);
    this.wake();
  }

  /** @param index of this one; what waits already of this attempt ends before it */
  chunk(nonce: string, index: number, chunk: WirePayload): void {
    const waiting = this.#chunks.get(nonce);
    if (waiting === undefined) this.#chunks.set(nonce, [nonce, index, [chunk]]);
    else waiting[2].push(chunk);
    this.wake();
  }

  settled(report: SettledItem): void {
    this.#settled.push(report);
    this.wake();
  }

  release(nonces: readonly string[]): void {
    this.#released.push(...nonces);
    this.wake();
  }

  /** A hello says all that holds. What comes after it waits for the welcome. */
  clear(): void {
    this.#progress.clear();
    this.#chunks.clear();
    this.#settled = [];
    this.#released = [];
  }

  /** A welcome: of these all that was not taken over is said again. */
  repeat(chunks: readonly ChunksItem[], settled: readonly SettledItem[]): void {
    this.#chunks.clear();
    for (const [nonce, first, payloads] of chunks) this.#chunks.set(nonce, [nonce, first, [...payloads]]);
    this.#settled = [...settled];
    this.wake();
  }

  /** Something waits. Idempotent within a turn. */
  wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#parts.clock.soon(() => this.flush());
  }

  /** Ends the turn now. */
  flush(): void {
    const { session, slots, framing, capacity, look } = this.#parts;
    this.#scheduled = false;
    look();
    if (!session.mayStart()) return;
    const announced = slots.announce();
    const backedUp = session.backlog > BACKED_UP;
    const reports = {
      started: announced.map((attempt) => attempt.nonce),
      progress: this.#takeProgress(backedUp),
      chunks: [...this.#chunks.values()],
      settled: this.#settled,
      released: this.#released,
      capacity: capacity(),
    };
    this.#chunks.clear();
    this.#settled = [];
    this.#released = [];
    const frames = encodeTurn(reports, framing());
    if (frames.length === 0) return;
    session.write(frames, () => {
      slots.enter(announced);
      if (backedUp) this.wake();
    });
  }

  /** Backed up it is left for later, where newer may replace it; but of what ends now it is the last. */
  #takeProgress(backedUp: boolean): readonly ProgressItem[] {
    if (this.#progress.size === 0) return NOTHING;
    const all = [...this.#progress.values()];
    const taken = backedUp ? all.filter(([nonce]) => this.#settled.some(([ends]) => ends === nonce)) : all;
    for (const [nonce] of taken) this.#progress.delete(nonce);
    return taken;
  }
}
