/**
 * What happens between the gateway's frames and the bodies of tasks: each method is one event and says what
 * follows from it. Holds no socket and no user code itself.
 */
import type {
  Assignment,
  SettledAck,
  WorkerOrder,
  WorkerVitals,
  WorkerWelcome,
} from '@celeriac/protocol/internal';
import { StateBox } from '@celeriac/runtime';
import { Attempt, type AttemptParts } from '../attempts/attempt.ts';
import type { Prefetch } from '../attempts/prefetch.ts';
import { Slots } from '../attempts/slots.ts';
import { Autoscaler, type Bounds, type Load } from '../life/autoscale.ts';
import type { LifeEvents } from '../life/events.ts';
import {
  type HelloFacts,
  Session,
  type SessionListener,
  type SessionSettings,
  type WorkFrame,
} from '../session/session.ts';
import { Capacity } from './capacity.ts';
import { Chunks } from './chunks.ts';
import { describeHeld, Hello, type HelloSettings } from './hello.ts';
import { Reports } from './reports.ts';
import { Turn } from './turn.ts';

export interface TaskHostSettings extends SessionSettings, HelloSettings {
  /** To begin with. */
  readonly concurrency: number;
  /** Default: `concurrency` follows nothing but orders. */
  readonly autoscale?: Bounds | undefined;
  readonly prefetch: Prefetch;
  /** How long the handlers of a task may take, where it does not say; 0 is without end. */
  readonly handlerTimeoutMs: number;
  /** Hears of the session and of tasks. */
  readonly life: LifeEvents;
  /** An operator wants this worker to end. */
  readonly shutdown: () => void;
}

/** What is left to do; kept up to date only while the host drains. */
export type Remains = Readonly<Record<'running' | 'unacked', number>>;

/** Said with the names of tasks that are not what this worker says they are. */
const NOT_DEFINED_ANEW =
  "the gateway did not accept these definitions: their queue is not covered by this worker's token, or there are too many";

export class TaskHost implements SessionListener {
  readonly session: Session;
  readonly remains = new StateBox<Remains>({ running: 0, unacked: 0 });
  readonly #settings: TaskHostSettings;
  readonly #slots: Slots;
  readonly #turn: Turn;
  readonly #chunks: Chunks;
  readonly #reports: Reports;
  readonly #capacity: Capacity;
  readonly #hello: Hello;
  readonly #parts: AttemptParts;
  readonly #autoscaler: Autoscaler | undefined;

  constructor(settings: TaskHostSettings) {
    const { clock, log, pool, life, prefetch, registry, autoscale } = settings;
    this.#settings = settings;
    this.session = new Session(settings, this);
    this.#slots = new Slots(settings.concurrency);
    this.#turn = new Turn({
      clock,
      session: this.session,
      slots: this.#slots,
      framing: () => ({ bytes: this.session.frameLimit, items: this.#reports.items }),
      capacity: () => this.#capacity.tellChange(),
      look: () => {
        if (this.#capacity.stopping) this.#noteRemains();
      },
    });
    this.#chunks = new Chunks(this.#turn);
    this.#reports = new Reports({
      clock,
      log,
      turn: this.#turn,
      chunks: this.#chunks,
      life,
      prefetch,
      session: this.session,
    });
    this.#capacity = new Capacity(this.#slots, prefetch, this.#reports);
    this.#hello = new Hello(settings, this.#slots, this.#capacity);
    this.#parts = {
      pool,
      clock,
      log,
      handlerTimeoutMs: (task) => registry.tasks.get(task)?.handlerTimeoutMs ?? settings.handlerTimeoutMs,
      slots: this.#slots,
      life,
      turn: this.#turn,
      chunks: this.#chunks,
      reports: this.#reports,
    };
    this.#autoscaler = autoscale === undefined ? undefined : this.#makeAutoscaler(autoscale);
  }

  /** Names of the tasks whose bodies or handlers are running. */
  get running(): readonly string[] {
    return this.#slots.tasksIn('running', 'disowned', 'following');
  }

  get concurrency(): number {
    return this.#slots.concurrency;
  }

  /** Makes the pool ready, and then the session. */
  start(): void {
    this.#autoscaler?.start();
    // An assignment that came before the children have loaded would be reported as started, and could not begin.
    this.#settings.pool.start(() => {
      if (!this.#capacity.stopping) this.session.open();
    });
  }

  /** First step of a shutdown: takes nothing more, and gives back what has not started. */
  drain(): void {
    this.#autoscaler?.stop();
    this.#close('stopping');
    this.#noteRemains();
  }

  /** Second step: gives back what still runs, and asks it to stop. How it ends is not reported. */
  giveBackRunning(): void {
    const running = this.#slots.tasksIn('running', 'following');
    if (running.length > 0)
      this.#settings.log.warn(
        { running },
        'tasks or their handlers are still running: giving the tasks back and telling them to stop',
      );
    const released = this.#slots.releaseRunning();
    for (const nonce of released) this.#chunks.drop(nonce);
    this.#turn.release(released);
    this.#noteRemains();
  }

  /** Last step: what waits is written, then the session ends. */
  leave(): Promise<void> {
    this.#turn.flush();
    return this.session.close();
  }

  greet(): HelloFacts {
    const { held, untold } = describeHeld(this.#slots.describe(), this.#reports.all());
    this.#turn.clear();
    for (const item of untold) this.#turn.progress(item);
    return this.#hello.greet(held);
  }

  vitals(): WorkerVitals {
    return this.#hello.vitals();
  }

  /** Unacked reports go first, so that the gateway knows them before anything that began later; chunks before them. */
  welcomed({ lost, refused = [] }: WorkerWelcome, resumed: boolean): void {
    const { name, log, life } = this.#settings;
    this.#slots.lose(resumed ? lost : undefined);
    this.#turn.repeat(this.#chunks.all(), this.#reports.begin());
    for (const item of this.#reports.progress()) this.#turn.progress(item);
    log.info({ resumed, worker: name }, 'ready');
    if (refused.length > 0) log.warn({ tasks: refused }, NOT_DEFINED_ANEW);
    life.emit('ready', { resumed });
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
        this.#turn.release(this.#slots.abort(frame[1]));
        break;
      case 'room':
        this.#chunks.room(frame[1]);
        this.#slots.room(frame[1]);
        break;
      case 'order':
        this.#obey(frame[1]);
        // The operator sees in the worker's row whether it is done.
        this.session.beat();
        break;
    }
    this.#turn.wake();
  }

  lost(reason: string, choked: boolean, misread: string | undefined): void {
    const tooLarge = choked ? this.#reports.choked() : undefined;
    const unread = misread === undefined ? undefined : this.#reports.misread(misread);
    for (const nonce of [tooLarge, unread]) if (nonce !== undefined) this.#slots.misreported(nonce);
    this.#slots.unannounce();
    this.#settings.log.warn({ reason }, 'lost the connection to the gateway');
    this.#settings.life.emit('lost', { reason });
  }

  leaseLost(): void {
    this.#settings.log.error(
      { running: this.running },
      'lease lost: the gateway has not confirmed it in time',
    );
    this.#slots.lose();
  }

  /** An assignment that is here, or has ended without an ack, came twice: its report will answer both. */
  #assigned(assignments: readonly Assignment[]): void {
    for (const assignment of assignments) {
      const [nonce] = assignment;
      if (this.#slots.has(nonce) || this.#reports.has(nonce)) continue;
      if (this.#capacity.open) this.#slots.accept(new Attempt(assignment, this.#parts));
      else this.#turn.release([nonce]);
    }
  }

  #acked(acks: readonly SettledAck[]): void {
    for (const [nonce] of acks) this.#chunks.drop(nonce);
    this.#reports.acked(acks);
    this.#slots.answer(acks);
  }

  #obey(order: WorkerOrder): void {
    this.#settings.log.info({ order }, 'order from the gateway');
    switch (order[0]) {
      case 'drain':
        this.#close('drained');
        break;
      case 'resume':
        this.#capacity.reopen();
        break;
      case 'concurrency':
        // A given number ends the autoscaling.
        this.#autoscaler?.stop();
        this.#resize(order[1]);
        break;
      case 'shutdown':
        this.#settings.shutdown();
        break;
      default:
        order satisfies never;
    }
  }

  /** Takes nothing more, and gives back what has not started. What runs goes on. */
  #close(mode: 'drained' | 'stopping'): void {
    this.#capacity.close(mode);
    this.#turn.release(this.#slots.releaseWaiting());
  }

  /** So many bodies run at the same time from now on. What waits and may be more than there is room for goes back. */
  #resize(concurrency: number): void {
    if (concurrency < this.#slots.concurrency) this.#turn.release(this.#slots.releaseWaiting());
    this.#settings.pool.resize(concurrency);
    this.#slots.resize(concurrency);
    this.#turn.wake();
  }

  #makeAutoscaler(bounds: Bounds): Autoscaler {
    const { clock, log, gauge } = this.#settings;
    const slots = this.#slots;
    const load = (): Load => ({
      busy: slots.taken - slots.yielded,
      concurrency: slots.concurrency,
      lagMs: gauge?.lagMs ?? 0,
    });
    return new Autoscaler(clock, bounds, load, (to) => {
      log.info({ from: slots.concurrency, to }, 'concurrency follows the load');
      this.#resize(to);
    });
  }

  #noteRemains(): void {
    this.remains.set({ running: this.#slots.taken - this.#slots.unanswered, unacked: this.#reports.count });
  }
}
