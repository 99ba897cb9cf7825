import {
  type AcceptedReceipt,
  type EventItem,
  isTerminal,
  type ProgressEvent,
  type WireSnapshot,
} from '@celeriac/protocol';
import type { Lineage } from '../inside.ts';
import {
  afterProgress,
  afterReceipt,
  afterSnapshot,
  afterTransition,
  type Facts,
  NO_FACTS,
} from './facts.ts';
import { type Outcome, type Reading, readOutcome } from './outcome.ts';

/**
 * unconfirmed: our call, without a receipt · accepted: our call, on the gateway's disk · foreign: somebody
 * else's, or ours from an earlier life · broken: never accepted, lost, or its app is closed; see `failure`.
 */
export type Standing = 'unconfirmed' | 'accepted' | 'foreign' | 'broken';

/**
 * accepted: with the receipt · state, progress: something new to see · synced: the gateway answered, nothing
 * else changed · broken: it will never end · unreachable: the gateway has been away for `giveUpAfter`.
 */
export type Change = 'accepted' | 'state' | 'progress' | 'synced' | 'broken' | 'unreachable';
export type Sink = (change: Change) => void;

/** What keeps a Node process alive while somebody waits. */
export interface Hold {
  acquire(): void;
  release(): void;
}

/** applied · stale: seen before, or to be covered by a snapshot on its way · gap: something before it is missing */
export type Verdict = 'applied' | 'stale' | 'gap';

/**
 * This client's copy of one task: the gateway's facts, and those here who wait for more. Every handle has one
 * of its own. Lean on purpose: a busy producer has tens of thousands.
 */
export class TaskRecord {
  readonly id: string;
  #standing: Standing;
  #name: string | null;
  #facts = NO_FACTS;
  #failure: Error | undefined;
  /** The store that `facts.sequence` counts in; `null` before its first answer. */
  #epoch: string | null = null;
  #outcome: { readonly of: Facts; readonly read: Outcome } | undefined;
  readonly #hold: Hold;
  #sinks: Sink[] | undefined;

  constructor(id: string, name: string | null, standing: Standing, hold: Hold, lineage?: Lineage) {
    this.id = id;
    this.#standing = standing;
    this.#name = name;
    this.#hold = hold;
    if (lineage !== undefined) this.#facts = { ...NO_FACTS, rootId: lineage[0], parentId: lineage[1] };
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** `null` while it is not known. */
  get name(): string | null {
    return this.#name;
  }

  get facts(): Facts {
    return this.#facts;
  }

  /** Why it will never end, once that is known. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  get epoch(): string | null {
    return this.#epoch;
  }

  get ended(): boolean {
    return isTerminal(this.#facts.state);
  }

  /** Nothing more can be heard of it. */
  get settled(): boolean {
    return this.#standing === 'broken' || this.ended;
  }

  get wanted(): boolean {
    return this.#sinks !== undefined;
  }

  outcome(reading: Reading): Outcome {
    if (this.#outcome?.of !== this.#facts) {
      const label = this.#name ?? `task ${this.id}`;
      this.#outcome = { of: this.#facts, read: readOutcome(this.#facts, label, reading) };
    }
    return this.#outcome.read;
  }

  /** A waiting sink keeps the process alive until the record settles. @returns how to stop; idempotent */
  subscribe(sink: Sink): () => void {
    if (this.settled) return () => {};
    if (this.#sinks === undefined) this.#hold.acquire();
    this.#sinks = this.#sinks === undefined ? [sink] : [...this.#sinks, sink];
    return () => {
      if (this.#sinks?.includes(sink)) this.#keep(this.#sinks.filter((one) => one !== sink));
    };
  }

  accept(receipt: AcceptedReceipt, epoch: string): void {
    if (this.#standing !== 'unconfirmed') return;
    this.#standing = 'accepted';
    this.#epoch = epoch;
    this.#facts = afterReceipt(this.#facts, receipt[2], receipt[3], receipt[4]);
    this.#tell('accepted');
  }

  /** @param epoch the session's store; events wait for a snapshot while the record counts in another one */
  applyEvent(event: EventItem, epoch: string): Verdict {
    if (this.#epoch !== epoch || this.settled) return 'stale';
    if (isProgress(event)) {
      if (event[1] !== this.#facts.sequence) return event[1] < this.#facts.sequence ? 'stale' : 'gap';
      this.#facts = afterProgress(this.#facts, event);
      this.#tell('progress');
      return 'applied';
    }
    if (event[1] !== this.#facts.sequence + 1) return event[1] <= this.#facts.sequence ? 'stale' : 'gap';
    this.#facts = afterTransition(this.#facts, event);
    this.#tell('state');
    return 'applied';
  }

  /** Whether the snapshot's history begins no later than this record's ends: else lines would be missing. */
  continues(snapshot: WireSnapshot, epoch: string): boolean {
    return snapshot.from <= (this.#epoch === epoch ? this.#facts.sequence : 0);
  }

  /**
   * A snapshot is authoritative unless events of the same store have overtaken it.
   * @returns false when the gateway has no such task although it had accepted it: the store was lost
   */
  applySnapshot(snapshot: WireSnapshot, epoch: string): boolean {
    if (this.#standing === 'unconfirmed' || this.settled) {
      this.#learn(snapshot, epoch);
      return true;
    }
    if (!snapshot.known && this.#standing === 'accepted') return false;
    const before = this.#facts;
    const sameStore = this.#epoch === epoch;
    if (sameStore && snapshot.sequence < before.sequence) return true;
    if (sameStore) this.#tellLast(snapshot);
    // Whoever heard that may have ended it.
    if (this.settled) return true;
    this.#facts = afterSnapshot(before, snapshot, sameStore);
    this.#epoch = epoch;
    this.#name ??= snapshot.name;
    this.#tellDifference(before);
    return true;
  }

  /** A snapshot of an end may say what was shown before it, which was not told while it was shown. */
  #tellLast({ state, progress, attempt, worker, retries }: WireSnapshot): void {
    const { synced, progress: seen } = this.#facts;
    if (!isTerminal(state) || progress === null || !synced || String(progress) === String(seen)) return;
    this.#facts = { ...this.#facts, state: 'STARTED', waiting: null, attempt, worker, retries, progress };
    this.#tell('progress');
  }

  /** What its end does not tell, and does not change either. */
  #learn(snapshot: WireSnapshot, epoch: string): void {
    if (!this.ended || !snapshot.known || this.#epoch !== epoch) return;
    const { args, rootId, parentId, children } = snapshot;
    this.#facts = { ...this.#facts, args, rootId, parentId, children };
  }

  /** Nothing is kept of what it was given and what it gave. */
  forget(): void {
    if (this.ended) this.#facts = { ...this.#facts, args: null, body: null, gone: true };
  }

  /** It will never end here; everybody who waits is told the same error. */
  break(failure: Error): void {
    if (this.settled) return;
    this.#standing = 'broken';
    this.#failure = failure;
    this.#tell('broken');
  }

  /** Tells those who wait that nothing has been heard for too long; the record itself goes on. */
  unreachable(): void {
    this.#tell('unreachable');
  }

  /** Something is told in any case: whoever waits looks at what there is now. */
  #tellDifference(before: Facts): void {
    const { known, sequence, state, progress } = this.#facts;
    const changed = known && (!before.known || sequence !== before.sequence || state !== before.state);
    if (changed) this.#tell('state');
    const newProgress = !this.settled && progress !== null && String(progress) !== String(before.progress);
    if (newProgress) this.#tell('progress');
    if (!changed && !newProgress) this.#tell('synced');
  }

  /** Sinks that join or leave while being told take effect with the next change. */
  #tell(change: Change): void {
    const sinks = this.#sinks;
    if (sinks === undefined) return;
    for (const sink of sinks) sink(change);
    if (this.settled) this.#keep([]);
  }

  #keep(sinks: Sink[]): void {
    if (this.#sinks === undefined) return;
    this.#sinks = sinks.length === 0 ? undefined : sinks;
    if (this.#sinks === undefined) this.#hold.release();
  }
}

function isProgress(event: EventItem): event is ProgressEvent {
  return event[3] === null;
}
