/**
 * What happens between the gateway's frames and the bodies of tasks: each method is one event and says what
 * follows from it. Holds no socket, no timer and no user code itself.
 */
import { hostname } from 'node:os';
import {
  type Assignment,
  type Outcome,
  type RefusedError,
  type SettledItem,
  type WirePayload,
  WORKER_CAPACITY,
  type WorkerWelcome,
} from '@celeriac/protocol';
import { type Clock, StateBox } from '@celeriac/runtime';
import type { Logger } from 'pino';
import type { Attempt } from './attempts/attempt.ts';
import type { Prefetch } from './attempts/prefetch.ts';
import { Slots, type SlotsListener } from './attempts/slots.ts';
import { ChunkOutbox } from './chunk-outbox.ts';
import type { DialerSettings } from './link/dialer.ts';
import { describeHeld } from './link/held.ts';
import { Outgoing } from './link/outgoing.ts';
import { type Greeting, Session, type SessionListener, type WorkFrame } from './link/session.ts';
import { OUTBOX_LIMITS, Outbox, type OutboxLimits } from './outbox.ts';
import type { Pool } from './pool/pool.ts';
import type { Registry } from './registry/registry.ts';
import { Turn } from './turn.ts';

export interface TaskHostSettings extends DialerSettings {
  readonly clock: Clock;
  readonly log: Logger;
  readonly name: string;
  /** Unique per start of this worker. */
  readonly bootId: string;
  readonly queues: readonly string[];
  readonly concurrency: number;
  readonly prefetch: Prefetch;
  readonly registry: Registry;
  readonly pool: Pool;
  readonly outboxLimits?: OutboxLimits;
}

export interface TaskHostListener {
  welcomed(welcome: WorkerWelcome, resumed: boolean): void;
  lost(reason: string): void;
  lagged(ms: number): void;
  /** @returns whether to try again all the same */
  refused(error: RefusedError): boolean;
}

/** What is left to do; kept up to date only while the host drains. */
export interface Remains {
  readonly running: number;
  readonly unacked: number;
}

export class TaskHost implements SessionListener, SlotsListener {
  readonly session: Session;
  readonly remains = new StateBox<Remains>({ running: 0, unacked: 0 });
  readonly #settings: TaskHostSettings;
  readonly #listener: TaskHostListener;
  readonly #slots: Slots;
  readonly #outbox: Outbox;
  readonly #chunks = new ChunkOutbox();
  readonly #outgoing = new Outgoing();
  readonly #turn: Turn;
  #draining = false;
  #untold: readonly Parameters<Outgoing['progress']>[0][] = [];
  #toldCapacity = 0;

  constructor(settings: TaskHostSettings, listener: TaskHostListener) {
    this.#settings = settings;
    this.#listener = listener;
    this.#outbox = new Outbox(settings.outboxLimits ?? OUTBOX_LIMITS);
    this.#slots = new Slots(settings.concurrency, settings.pool, settings.clock, this);
    this.session = new Session(settings, this);
    this.#turn = new Turn(settings.clock, this.session, this.#slots, this.#outgoing);
  }

  /** Names of the tasks whose bodies are running. */
  running(): readonly string[] {
    return this.#slots.running();
  }

  /** First step of a shutdown: takes nothing more, and gives back what has not started. */
  drain(): void {
    this.#draining = true;
    this.#outgoing.release(this.#slots.releaseWaiting());
    this.#announceCapacity();
    this.#turn.wake();
    this.#noteRemains();
  }

  /** Second step: gives back what still runs, and asks it to stop. How it ends is not reported. */
  giveBackRunning(): void {
    const released = this.#slots.releaseRunning();
    this.#chunks.drop(released);
    this.#outgoing.release(released);
    this.#turn.wake();
    this.#noteRemains();
  }

  /** Last step: what waits is written, then the session ends. */
  async leave(): Promise<void> {
    this.#turn.flush();
    await this.session.close();
  }

  greet(): Greeting {
    const { name, bootId, queues, registry } = this.#settings;
    const { held, untold } = describeHeld(this.#slots.describe(), this.#outbox.all());
    this.#untold = untold;
    this.#toldCapacity = this.#capacity;
    return {
      name,
      bootId,
      queues,
      held,
      host: hostname(),
      pid: process.pid,
      definitions: registry.definitions,
      appOptions: registry.appOptions,
      capacity: this.#toldCapacity,
    };
  }

  /** Unacked reports go first, so that the gateway knows them before anything that began later; chunks before them. */
  welcomed(welcome: WorkerWelcome, resumed: boolean): void {
    this.#outgoing.reset();
    if (resumed) this.#slots.lose(welcome.lost);
    else this.#slots.loseAll();
    for (const item of this.#chunks.all()) this.#outgoing.chunks(...item);
    for (const report of this.#outbox.all()) this.#outgoing.settled(report);
    for (const item of this.#untold) if (this.#slots.holds(item[0])) this.#outgoing.progress(item);
    this.#announceCapacity();
    this.#turn.wake();
    this.#listener.welcomed(welcome, resumed);
  }

  received(frame: WorkFrame): void {
    switch (frame[0]) {
      case 'assign':
        this.#assigned(frame[1]);
        break;
      case 'acks':
        this.#acked(frame[1]);
        break;
      case 'startedAcks':
        if (this.session.mayStart()) this.#slots.confirm(frame[1]);
        break;
      case 'abort':
        this.#slots.abort(frame[1]);
        break;
      case 'room':
        this.#chunks.room(frame[1]);
        this.#slots.room(frame[1]);
        break;
    }
  }

  lost(reason: string): void {
    this.#outgoing.reset();
    this.#slots.unannounce();
    this.#listener.lost(reason);
  }

  leaseLost(): void {
    this.#settings.log.error(
      { running: this.running() },
      'lease lost: the gateway has not confirmed it in time',
    );
    this.#slots.loseAll();
  }

  lagged(ms: number): void {
    this.#listener.lagged(ms);
  }

  refused(error: RefusedError): boolean {
    return this.#listener.refused(error);
  }

  ready(): void {
    if (this.#draining) this.#noteRemains();
    this.#turn.wake();
  }

  progressed(attempt: Attempt): void {
    if (!this.session.up || attempt.progressSet === null) return;
    this.#outgoing.progress([attempt.nonce, ...attempt.progressSet]);
    this.#turn.wake();
  }

  emitted({ nonce }: Attempt, chunk: WirePayload): void {
    const index = this.#chunks.add(nonce, chunk);
    if (!this.session.up || index === undefined) return;
    this.#outgoing.chunks(nonce, index, [chunk]);
    this.#turn.wake();
  }

  roomChanged(): void {
    this.#announceCapacity();
    this.#turn.wake();
  }

  settled(attempt: Attempt, outcome: Outcome, children: readonly string[]): void {
    const [nonce, id, number] = attempt.assignment;
    const chunks = this.#chunks.count(nonce);
    const report: SettledItem =
      chunks > 0
        ? [nonce, id, number, outcome, children, chunks]
        : children.length === 0
          ? [nonce, id, number, outcome]
          : [nonce, id, number, outcome, children];
    this.#outbox.add(report);
    this.#settings.prefetch.settled(this.#settings.clock.monotonic());
    if (this.session.up) this.#outgoing.settled(report);
    this.#announceCapacity();
  }

  timedOut(attempt: Attempt, outcome: Outcome): void {
    const [, id, , name] = attempt.assignment;
    this.#settings.log.error({ task: name, id }, 'the time limit is over');
    this.settled(attempt, outcome, []);
    this.#turn.wake();
  }

  returned(attempt: Attempt): void {
    this.#outgoing.release([attempt.nonce]);
  }

  /** An assignment that is held, or has ended without an ack, came twice: its report will answer both. */
  #assigned(assignments: readonly Assignment[]): void {
    const fresh = assignments.filter(([nonce]) => !this.#slots.holds(nonce) && !this.#outbox.has(nonce));
    if (this.#draining) this.#outgoing.release(fresh.map(([nonce]) => nonce));
    else for (const assignment of fresh) this.#slots.accept(assignment);
    this.#turn.wake();
  }

  #acked(acks: Parameters<Outbox['acked']>[0]): void {
    this.#chunks.drop(acks.map(([nonce]) => nonce));
    for (const [, id, attempt] of this.#outbox.acked(acks)) {
      this.#settings.log.info({ task: id, attempt }, 'the gateway refused a late outcome');
    }
    this.#announceCapacity();
    if (this.#draining) this.#noteRemains();
  }

  /** A body that waits for another task is unsettled all the same: without room beside it, that task could not come. */
  get #capacity(): number {
    const { concurrency, prefetch } = this.#settings;
    if (this.#draining || this.#outbox.full) return 0;
    const slots = Math.max(0, concurrency - this.#slots.overdue);
    return Math.min(slots + prefetch.depth + this.#slots.lent, WORKER_CAPACITY);
  }

  #announceCapacity(): void {
    if (!this.session.up || this.#capacity === this.#toldCapacity) return;
    this.#toldCapacity = this.#capacity;
    this.#outgoing.capacity(this.#toldCapacity);
    this.#turn.wake();
  }

  #noteRemains(): void {
    this.remains.set({ running: this.#slots.taken, unacked: this.#outbox.count });
  }
}
