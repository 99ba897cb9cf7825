import type { TaskState } from '@celeriac/protocol';
import { isTerminal } from '@celeriac/protocol/calling';
import type { AcceptedReceipt, EventItem, WirePayload, WireSnapshot } from '@celeriac/protocol/internal';
import type { CallLineage } from '../inside.ts';
import type { Applied, GatewaySession, Hold, RecordChange, RecordStanding, Sink, Taken } from './changes.ts';
import {
  addUnread,
  afterEndedSnapshot,
  afterProgress,
  afterSnapshot,
  afterUnread,
  type Facts,
  goesOnFrom,
  isProgress,
  isReceipt,
  MOST_UNREAD,
  NO_FACTS,
  type Unread,
} from './facts.ts';
import { type Reading, type ReadOutcome, readTaskOutcome } from './outcome.ts';

/**
 * This client's copy of one task: the gateway's facts, and those here who wait for more. Every handle has one
 * of its own. Lean on purpose: a busy producer has tens of thousands.
 */
export class TaskRecord {
  readonly id: string;
  /** Its handle was used: the task is watched, or was let go. One's own call is watched from its submit. */
  used: boolean;
  #standing: RecordStanding;
  #name: string | null;
  /** Up to the first of `#unread`. */
  #facts = NO_FACTS;
  /** Heard since: most tasks end before anybody looks, and then only their end is read. */
  #unread: Unread | undefined;
  /** Of the last history entry, of all that was heard. */
  #sequence = 0;
  #state: TaskState = 'PENDING';
  #ended = false;
  #failure: Error | undefined;
  /** The session that the last answer was heard in; `null` before the first one. */
  #heardIn: GatewaySession | null = null;
  /** Of what was heard last. */
  #outcome: ReadOutcome | undefined;
  readonly #hold: Hold;
  /** One by itself, as nearly always, or several. */
  #sinks: Sink | readonly Sink[] | undefined;

  constructor(id: string, name: string | null, standing: RecordStanding, hold: Hold, lineage?: CallLineage) {
    this.id = id;
    this.used = standing !== 'foreign';
    this.#standing = standing;
    this.#name = name;
    this.#hold = hold;
    if (lineage !== undefined) this.#facts = { ...NO_FACTS, rootId: lineage[0], parentId: lineage[1] };
  }

  get standing(): RecordStanding {
    return this.#standing;
  }

  /** `null` while it is not known. */
  get name(): string | null {
    return this.#name;
  }

  get facts(): Facts {
    if (this.#unread !== undefined) this.#read(this.#unread);
    return this.#facts;
  }

  /** Why it will never end, once that is known. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** The store that `facts.sequence` counts in; `null` before its first answer. */
  get epoch(): string | null {
    return this.#heardIn?.epoch ?? null;
  }

  /** As `facts.state`, without that the others are read for it; so are those below. */
  get state(): TaskState {
    return this.#state;
  }

  get sequence(): number {
    return this.#sequence;
  }

  get body(): WirePayload | null {
    const told = this.#unread?.told;
    return told === undefined || isReceipt(told) ? this.#facts.body : told[8];
  }

  /** Where it was heard last, and nobody has looked at the task since. */
  get receipt(): AcceptedReceipt | undefined {
    const told = this.#unread?.told;
    return told !== undefined && isReceipt(told) ? told : undefined;
  }

  get gone(): boolean {
    return this.#facts.gone;
  }

  /** The gateway has answered, and has no such task. */
  get unknown(): boolean {
    return this.#unread === undefined && this.#facts.synced && !this.#facts.known;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Nothing more can be heard of it. */
  get settled(): boolean {
    return this.#ended || this.#standing === 'broken';
  }

  get wanted(): boolean {
    return this.#sinks !== undefined;
  }

  outcome(reading: Reading): ReadOutcome {
    this.#outcome ??= readTaskOutcome(this, reading);
    return this.#outcome;
  }

  /** A waiting sink keeps the process alive until the record settles. @returns a function that stops it; idempotent */
  subscribe(sink: Sink): () => void {
    this.listen(sink);
    return () => this.leave(sink);
  }

  /** {@link subscribe} without a function to stop it. */
  listen(sink: Sink): void {
    if (this.settled) return;
    const sinks = this.#sinks;
    if (sinks === undefined) {
      this.#hold.acquire();
      this.#sinks = sink;
    } else this.#sinks = typeof sinks === 'function' ? [sinks, sink] : [...sinks, sink];
  }

  /** Idempotent. */
  leave(sink: Sink): void {
    const sinks = this.#sinks;
    if (sinks === sink) this.#dropSinks();
    else if (typeof sinks === 'object') {
      this.#sinks = sinks.filter((one) => one !== sink);
      if (this.#sinks.length === 0) this.#dropSinks();
    }
  }

  accept(receipt: AcceptedReceipt, session: GatewaySession): void {
    if (this.#standing !== 'unconfirmed') return;
    this.#standing = 'accepted';
    this.#heardIn = session;
    this.#sequence = 1;
    this.#unread = addUnread(undefined, receipt);
    this.#tell('accepted');
  }

  /** Events wait for a snapshot in each new session: until then it is unknown whether they continue the record. */
  applyEvent(event: EventItem, session: GatewaySession): Applied {
    if (this.settled) return 'stale';
    if (this.#heardIn !== session) return 'early';
    const sequence = event[1];
    if (isProgress(event)) {
      if (sequence !== this.#sequence) return sequence < this.#sequence ? 'stale' : 'gap';
      this.#set(afterProgress(this.facts, event));
      this.#tell('progress');
      return 'applied';
    }
    if (sequence !== this.#sequence + 1) return sequence <= this.#sequence ? 'stale' : 'gap';
    if (this.#unread?.count === MOST_UNREAD) this.#read(this.#unread);
    this.#unread = addUnread(this.#unread, event);
    this.#sequence = sequence;
    this.#state = event[3];
    this.#ended = isTerminal(event[3]);
    this.#outcome = undefined;
    this.#tell('state');
    return 'applied';
  }

  /**
   * Whether the snapshot's history goes on from this record's, or is whole: else lines would be missing. In a new session the
   * gateway has compared the last line of who asked, and of nobody else.
   */
  continues({ from }: WireSnapshot, session: GatewaySession): boolean {
    if (from === 0) return true;
    const sequence = this.#sequence;
    return this.#heardIn === session ? from <= sequence : this.epoch === session.epoch && from === sequence;
  }

  /** A snapshot is authoritative unless events of the same session have overtaken it. */
  applySnapshot(snapshot: WireSnapshot, session: GatewaySession): Taken {
    if (this.#standing === 'unconfirmed' || this.settled) {
      this.#learn(snapshot, session);
      return this.ended ? this.#judge(snapshot, session) : 'taken';
    }
    if (!snapshot.known && this.#standing === 'accepted') return 'lost';
    const before = this.facts;
    if (this.#heardIn === session && snapshot.sequence < before.sequence) return 'taken';
    const sameStore = this.epoch === session.epoch;
    if (sameStore) this.#tellLast(snapshot);
    // A listener may have ended it.
    if (this.settled) return 'taken';
    this.#set(afterSnapshot(before, snapshot, sameStore));
    this.#heardIn = session;
    this.#name ??= snapshot.name;
    const taken = sameStore && goesOnFrom(before, snapshot) ? 'taken' : 'replaced';
    this.#tellDifference(before);
    return before.known ? taken : 'taken';
  }

  /** A snapshot of an end may say what was shown before it, which was not told while it was shown. */
  #tellLast({ state, progress, attempt, worker, retries }: WireSnapshot): void {
    const { synced, progress: seen } = this.facts;
    if (!isTerminal(state) || progress === null || !synced || String(progress) === String(seen)) return;
    this.#set({ ...this.facts, state: 'STARTED', waiting: null, attempt, worker, retries, progress });
    this.#tell('progress');
  }

  /** Nothing changes an end that was heard, but the gateway may have no such task (any more), or one with another past. */
  #judge(snapshot: WireSnapshot, session: GatewaySession): Taken {
    if (!snapshot.known) return 'lost';
    if (this.#heardIn === session) return 'taken';
    return isTerminal(snapshot.state) && goesOnFrom(this.facts, snapshot) ? 'taken' : 'replaced';
  }

  /** What its end does not tell, and does not change either. */
  #learn(snapshot: WireSnapshot, session: GatewaySession): void {
    if (!this.ended || !snapshot.known || this.epoch !== session.epoch) return;
    this.#set(afterEndedSnapshot(this.facts, snapshot));
  }

  /** Nothing is kept of what it was given and what it gave. */
  forget(): void {
    if (this.ended) this.#set({ ...this.facts, args: null, body: null, gone: true });
  }

  /** It will never end here; everything that waits for it is rejected with the same error. */
  break(failure: Error): void {
    if (this.settled) return;
    this.#standing = 'broken';
    this.#failure = failure;
    this.#tell('broken');
  }

  /** The gateway had accepted it and has it no more: nothing that was heard of it is there. */
  lose(failure: Error): void {
    if (this.settled) return;
    const { rootId, parentId } = this.facts;
    this.#set({ ...NO_FACTS, synced: true, rootId, parentId });
    this.break(failure);
  }

  /** Nothing has been heard for too long; the record itself goes on. */
  unreachable(): void {
    this.#tell('unreachable');
  }

  /** Listeners are called in any case, so that waits look at the present state. */
  #tellDifference(before: Facts): void {
    const { known, sequence, state, progress } = this.facts;
    const changed = known && (!before.known || sequence !== before.sequence || state !== before.state);
    if (changed) this.#tell('state');
    if (!this.settled && progress !== null && String(progress) !== String(before.progress))
      this.#tell('progress');
    else if (!changed) this.#tell('synced');
  }

  /** Sinks that join or leave while being told take effect with the next change. */
  #tell(change: RecordChange): void {
    const sinks = this.#sinks;
    if (sinks === undefined) return;
    if (typeof sinks === 'function') sinks(change);
    else for (const sink of sinks) sink(change);
    if (this.settled) this.#dropSinks();
  }

  #dropSinks(): void {
    if (this.#sinks === undefined) return;
    this.#sinks = undefined;
    this.#hold.release();
  }

  #read(unread: Unread): void {
    this.#facts = afterUnread(this.#facts, unread);
    this.#unread = undefined;
  }

  /** When all is read. */
  #set(facts: Facts): void {
    this.#facts = facts;
    this.#sequence = facts.sequence;
    this.#state = facts.state;
    this.#ended = isTerminal(facts.state);
    this.#outcome = undefined;
  }
}
