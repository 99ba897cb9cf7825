/**
 * What happens between the gateway's frames and the bodies of tasks: each method is one event and says what
 * follows from it. Holds no socket, no timer and no user code itself.
 */
import type {
  Assignment,
  Outcome,
  RefusedError,
  WirePayload,
  WorkerVitals,
  WorkerWelcome,
} from '@celeriac/protocol';
import { StateBox } from '@celeriac/runtime';
import type { Attempt } from './attempts/attempt.ts';
import type { Prefetch } from './attempts/prefetch.ts';
import { Slots } from './attempts/slots.ts';
import type { SlotsListener } from './attempts/slots-listener.ts';
import { ChunkOutbox } from './chunk-outbox.ts';
import { Introduction, type IntroductionSettings } from './introduction.ts';
import type { DialerSettings } from './link/dialer.ts';
import { fitReport } from './link/frames.ts';
import { describeHeld } from './link/held.ts';
import { Outgoing } from './link/outgoing.ts';
import { type Greeting, Session, type SessionListener, type WorkFrame } from './link/session.ts';
import { OUTBOX_LIMITS, Outbox, type OutboxLimits, reportOf } from './outbox.ts';
import { ReportOrder } from './report-order.ts';
import { Room } from './room.ts';
import type { TaskHostListener } from './task-host-listener.ts';
import { Turn } from './turn.ts';

export interface TaskHostSettings extends DialerSettings, IntroductionSettings {
  /** To begin with. */
  readonly concurrency: number;
  readonly prefetch: Prefetch;
  readonly outboxLimits?: OutboxLimits;
  /** How long the handlers of a task may take, where it does not say; 0 is without end. */
  readonly handlerTimeoutMs: number;
}

/** What is left to do; kept up to date only while the host drains. */
export type Remains = Readonly<Record<'running' | 'unacked', number>>;

export class TaskHost implements SessionListener, SlotsListener {
  readonly session: Session;
  readonly remains = new StateBox<Remains>({ running: 0, unacked: 0 });
  readonly #settings: TaskHostSettings;
  readonly #listener: TaskHostListener;
  readonly #slots: Slots;
  readonly #outbox: Outbox;
  readonly #reports: ReportOrder;
  readonly #room: Room;
  readonly #chunks = new ChunkOutbox();
  readonly #outgoing = new Outgoing();
  readonly #turn: Turn;
  readonly #introduction: Introduction;
  #untold: readonly Parameters<Outgoing['progress']>[0][] = [];

  constructor(settings: TaskHostSettings, listener: TaskHostListener) {
    this.#settings = settings;
    this.#listener = listener;
    this.#outbox = new Outbox(settings.outboxLimits ?? OUTBOX_LIMITS);
    this.#reports = new ReportOrder(this.#outbox, settings.log);
    const { concurrency, pool, clock, registry, handlerTimeoutMs } = settings;
    const handlersOf = (task: string): number =>
      registry.tasks.get(task)?.handlerTimeoutMs ?? handlerTimeoutMs;
    this.#slots = new Slots(concurrency, pool, clock, this, handlersOf);
    this.#room = new Room(this.#slots, settings.prefetch, this.#outbox);
    this.#introduction = new Introduction(settings, this.#slots, this.#room);
    this.session = new Session(settings, this);
    this.#turn = new Turn(settings.clock, this.session, this.#slots, this.#outgoing, () => ({
      bytes: this.session.frameLimit,
      items: this.#reports.items,
    }));
  }

  /** Names of the tasks whose bodies are running. */
  running(): readonly string[] {
    return this.#slots.running();
  }

  get concurrency(): number {
    return this.#slots.concurrency;
  }

  /** Slots of bodies that do not wait for another task. */
  get busy(): number {
    return this.#slots.taken - this.#slots.lent;
  }

  /** So many bodies run at the same time from now on. What waits and may be more than there is room for goes back. */
  resize(concurrency: number): void {
    if (concurrency < this.#slots.concurrency) this.#outgoing.release(this.#slots.releaseWaiting());
    this.#settings.pool.resize(concurrency);
    this.#slots.resize(concurrency);
  }

  /** Takes nothing more until `resume`, and gives back what has not started. What runs goes on. */
  pause(): void {
    this.#close('drained');
  }

  resume(): void {
    this.#room.reopen();
    this.#announceCapacity();
  }

  /** First step of a shutdown: takes nothing more, and gives back what has not started. */
  drain(): void {
    this.#close('stopping');
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
  leave(): Promise<void> {
    this.#turn.flush();
    return this.session.close();
  }

  greet(): Greeting {
    const { held, untold } = describeHeld(this.#slots.describe(), this.#outbox.all());
    this.#untold = untold;
    return this.#introduction.greet(held);
  }

  vitals(): WorkerVitals {
    return this.#introduction.vitals();
  }

  /** Unacked reports go first, so that the gateway knows them before anything that began later; chunks before them. */
  welcomed(welcome: WorkerWelcome, resumed: boolean): void {
    this.#outgoing.reset();
    if (resumed) this.#slots.lose(welcome.lost);
    else this.#slots.lose();
    for (const item of this.#chunks.all()) this.#outgoing.chunks(...item);
    for (const report of this.#reports.begin()) this.#outgoing.settled(report);
    for (const item of this.#outbox.progress()) this.#outgoing.progress(item);
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
      case 'order':
        this.#listener.ordered(frame[1]);
        // Who told it looks whether it is done.
        this.session.beat();
        break;
    }
  }

  lost(reason: string, choked: boolean, misread: string | undefined): void {
    const tooLarge = choked ? this.#reports.choked() : undefined;
    const unread = misread === undefined ? undefined : this.#reports.misread(misread);
    for (const nonce of [tooLarge, unread]) if (nonce !== undefined) this.#slots.misreported(nonce);
    this.#outgoing.reset();
    this.#slots.unannounce();
    this.#listener.lost(reason);
  }

  leaseLost(): void {
    this.#settings.log.error(
      { running: this.running() },
      'lease lost: the gateway has not confirmed it in time',
    );
    this.#slots.lose();
  }

  lagged(ms: number): void {
    this.#listener.lagged(ms);
  }

  refused(error: RefusedError): boolean {
    return this.#listener.refused(error);
  }

  ready(): void {
    if (this.#room.stopping) this.#noteRemains();
    this.#turn.wake();
  }

  began({ assignment }: Attempt): void {
    this.#listener.taskBegan(assignment);
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
    const given = reportOf(attempt.assignment, outcome, children, this.#chunks.count(attempt.nonce));
    const report = fitReport(given, this.session.frameLimit);
    const { nonce, progressSet } = attempt;
    this.#outbox.add(report, progressSet === null ? undefined : [nonce, ...progressSet]);
    this.#listener.taskEnded(attempt.assignment, report[3]);
    this.#settings.prefetch.settled(this.#settings.clock.monotonic());
    if (this.session.up && this.#reports.open) this.#outgoing.settled(report);
    if (report[3] !== outcome) this.#slots.misreported(nonce);
    this.#announceCapacity();
  }

  timedOut(attempt: Attempt, outcome: Outcome): void {
    const [, id, , name] = attempt.assignment;
    this.#settings.log.error({ task: name, id }, 'the time limit is over');
    this.settled(attempt, outcome, []);
    this.#turn.wake();
  }

  handlersCut({ assignment: [, id, , task] }: Attempt, why: string): void {
    this.#settings.log.error({ task, id, why }, 'handlers were cut short');
  }

  returned(attempt: Attempt): void {
    this.#outgoing.release([attempt.nonce]);
  }

  /** An assignment that is held, or has ended without an ack, came twice: its report will answer both. */
  #assigned(assignments: readonly Assignment[]): void {
    const fresh = assignments.filter(([nonce]) => !this.#slots.holds(nonce) && !this.#outbox.has(nonce));
    if (!this.#room.open) this.#outgoing.release(fresh.map(([nonce]) => nonce));
    else for (const assignment of fresh) this.#slots.accept(assignment);
    this.#turn.wake();
  }

  #acked(acks: Parameters<Outbox['acked']>[0]): void {
    this.#chunks.drop(acks.map(([nonce]) => nonce));
    for (const [, id, attempt] of this.#outbox.acked(acks)) {
      this.#settings.log.info({ task: id, attempt }, 'the gateway refused a late outcome');
    }
    this.#slots.recorded(acks);
    for (const report of this.#reports.next()) {
      this.#outgoing.settled(report);
      this.#turn.wake();
    }
    this.#announceCapacity();
    if (this.#room.stopping) this.#noteRemains();
  }

  #close(mode: 'drained' | 'stopping'): void {
    this.#room.close(mode);
    this.#outgoing.release(this.#slots.releaseWaiting());
    this.#announceCapacity();
    this.#turn.wake();
  }

  #announceCapacity(): void {
    const capacity = this.session.up ? this.#room.tellChange() : undefined;
    if (capacity === undefined) return;
    this.#outgoing.capacity(capacity);
    this.#turn.wake();
  }

  #noteRemains(): void {
    this.remains.set({ running: this.#slots.taken - this.#slots.unanswered, unacked: this.#outbox.count });
  }
}
