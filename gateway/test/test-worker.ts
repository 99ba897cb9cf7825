import type { PoolKind } from '@celeriac/protocol';
import type {
  AbortItem,
  Assignment,
  ChunkAck,
  Definition,
  HeldAttempt,
  Outcome,
  SettledAck,
  StartedAck,
  ToldWorker,
  WireTaskOptions,
  WorkerOrder,
} from '@celeriac/protocol/internal';
import type { Broker } from '../src/broker/broker.ts';
import type { Note, WorkerPort, WorkerSession } from '../src/broker/roster.ts';
import type { Joined } from '../src/broker/sessions.ts';

export interface WorkerSettings {
  readonly name: string;
  readonly bootId: string;
  readonly queues: readonly string[];
  /** Of those that have another weight than 1. */
  readonly weights?: readonly (readonly [queue: string, weight: number])[];
  /** What it can run, with the options of each. */
  readonly tasks: Readonly<Record<string, WireTaskOptions>>;
  readonly appOptions: WireTaskOptions;
  readonly capacity: number;
  readonly pid?: number;
  readonly machine?: string;
  /** The session of its name whose process it has seen to be gone. */
  readonly gone?: string;
  readonly pool?: PoolKind;
  /** The queues that its token allows; absent, all. */
  readonly granted?: readonly string[];
}

export interface Resumption {
  readonly session: string;
  readonly held: readonly HeldAttempt[];
}

/** A worker without a socket: writes down what it is told, and reports what the test says. */
export class TestWorker implements WorkerPort {
  readonly assigned: Assignment[] = [];
  readonly acks: SettledAck[] = [];
  readonly startedAcks: StartedAck[] = [];
  readonly aborts: AbortItem[] = [];
  readonly room: ChunkAck[] = [];
  readonly orders: WorkerOrder[] = [];
  probes = 0;
  closed: readonly [code: number, reason: string] | undefined;
  /** Tasks that it was not allowed to define anew. */
  refused: readonly string[] = [];
  readonly settings: WorkerSettings;
  readonly #broker: Broker;
  #joined: Joined | undefined;

  constructor(broker: Broker, settings: WorkerSettings) {
    this.#broker = broker;
    this.settings = settings;
  }

  /** Says hello, as a connection does. */
  async join(resumption?: Resumption): Promise<Joined> {
    const { name, bootId, queues, weights = [], tasks, appOptions, capacity, granted } = this.settings;
    const { pid = 1, machine = '', gone = null } = this.settings;
    const mayServe = (queue: string): boolean => granted === undefined || granted.includes(queue);
    const joined = this.#broker.sessions.join({
      facts: {
        name,
        bootId,
        host: 'box',
        pid,
        machine,
        version: '0.1.0',
        startedAt: 0,
        pool: this.settings.pool ?? 'inline',
        concurrency: capacity,
        queues: new Set(queues),
        weights: new Map(weights),
        names: new Set(Object.keys(tasks)),
      },
      capacity,
      port: this,
      resume: resumption?.session ?? null,
      held: resumption?.held ?? [],
      gone,
      mayServe,
    });
    this.#joined = joined;
    this.assign(joined.missed);
    const reasserted = this.#broker.completer.started(joined.session, joined.started);
    const { refused, routed } = this.#broker.router.advertise(
      Object.entries(tasks).map(
        ([task, options]): Definition => ({ name: task, options, arity: null, params: null }),
      ),
      appOptions,
      mayServe,
    );
    this.refused = refused;
    await routed;
    this.#broker.dispatcher.wake();
    await reasserted;
    return joined;
  }

  /** The same process on another connection. */
  async resume(held: readonly HeldAttempt[] = []): Promise<{ worker: TestWorker; joined: Joined }> {
    const worker = new TestWorker(this.#broker, this.settings);
    const joined = await worker.join({ session: this.session.id, held });
    return { worker, joined };
  }

  get session(): WorkerSession {
    if (this.#joined === undefined) throw new Error('this worker has not joined');
    return this.#joined.session;
  }

  /** The task ids it was given, in order. */
  get ids(): readonly string[] {
    return this.assigned.map(([, id]) => id);
  }

  assignment(id: string): Assignment {
    const assignment = this.assigned.findLast(([, assigned]) => assigned === id);
    if (assignment === undefined) throw new Error(`task ${id} was not assigned to ${this.settings.name}`);
    return assignment;
  }

  async starts(...ids: readonly string[]): Promise<void> {
    await this.#broker.completer.started(
      this.session,
      ids.map((id) => this.assignment(id)[0]),
    );
  }

  progresses(id: string, state: string, meta: string): void {
    this.#broker.completer.progress(this.session, [[this.assignment(id)[0], state, meta]]);
  }

  async settles(id: string, outcome: Outcome = ['success', '4'], chunks = 0): Promise<void> {
    const [nonce, , attempt] = this.assignment(id);
    await this.#broker.completer.settled(this.session, [[nonce, id, attempt, outcome, [], chunks]]);
  }

  /** Gives chunks of its attempt at a task, from the one of this number on. */
  gives(id: string, first: number, ...payloads: readonly string[]): void {
    this.#broker.completer.chunks(this.session, [[this.assignment(id)[0], first, payloads]]);
  }

  /** How far its chunks of a task were taken over, as it was told last. */
  probe(): void {
    this.probes += 1;
  }

  order(order: WorkerOrder): void {
    this.orders.push(order);
  }

  async runs(id: string, outcome?: Outcome): Promise<void> {
    await this.starts(id);
    await this.settles(id, outcome);
  }

  async releases(...ids: readonly string[]): Promise<void> {
    await this.#broker.completer.released(
      this.session,
      ids.map((id) => this.assignment(id)[0]),
    );
  }

  /** What its next hello says of an attempt. */
  holding(id: string, started: boolean, progress: HeldAttempt[4] = null): HeldAttempt {
    const [nonce, , attempt] = this.assignment(id);
    return [id, attempt, nonce, started, progress];
  }

  /** Its socket breaks. */
  disconnects(): void {
    this.#broker.sessions.disconnected(this.session, this);
  }

  assign(items: readonly Assignment[]): readonly Assignment[] {
    this.assigned.push(...items);
    return [];
  }

  tell<Name extends Note>(name: Name, items: ToldWorker<Name>): void {
    this[name].push(...(items as never[]));
  }

  acknowledge(items: readonly SettledAck[]): void {
    this.acks.push(...items);
  }

  abort(items: readonly AbortItem[]): void {
    this.aborts.push(...items);
  }

  close(code: number, reason: string): void {
    this.closed = [code, reason];
  }
}
