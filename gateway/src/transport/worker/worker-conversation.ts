import {
  type Assignment,
  agree,
  CeleriacError,
  CLOSE,
  DEFAULT_OPTIONS,
  DEFINITIONS,
  type Definition,
  type HeldAttempt,
  INTRODUCTION_LIMIT,
  PEER_FRAME_LIMIT,
  PROTOCOL,
  RefusedError,
  readWorkerFrame,
  WORKER_CAPACITY,
  type WorkerFrame,
  type WorkerHello,
  type WorkerKnock,
} from '@celeriac/protocol';
import type { Timer } from '@celeriac/runtime';
import type { RawData, WebSocket } from 'ws';
import type { WorkerSession } from '../../broker/roster.ts';
import type { Joined } from '../../broker/sessions.ts';
import { authorize } from '../auth/authorize.ts';
import type { Grant } from '../auth/grant.ts';
import type { House } from '../house.ts';
import { assignmentSize, WorkerConnection } from './worker-connection.ts';

export interface WorkerTerms {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
}

/** How long a new connection may take to say hello. */
const HELLO_TIMEOUT_MS = 5_000;

/** What a WebSocket is closed with when a message was larger than its receiver takes (RFC 6455, 7.4.1). */
const MESSAGE_TOO_BIG = 1009;

const CLOSE_CODES: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: CLOSE.unauthenticated,
  FORBIDDEN: CLOSE.forbidden,
  UNSUPPORTED_PROTOCOL: CLOSE.unsupportedProtocol,
};

type Report = Exclude<WorkerFrame, readonly ['knock' | 'definitions' | 'held' | 'hello', unknown]>;

/** What a worker has said of itself before its hello. */
interface Introduction {
  readonly protocol: number;
  readonly grant: Grant;
  readonly definitions: Definition[];
  readonly held: HeldAttempt[];
  bytes: number;
}

/**
 * What is said on one worker socket: first hello, or knock and more and then hello; then reports. Frames are handled one after the other in the
 * order of arrival up to the point where each waits for a commit.
 */
export class WorkerConversation {
  readonly #socket: WebSocket;
  readonly #house: House;
  readonly #terms: WorkerTerms;
  readonly #connection: WorkerConnection;
  #session: WorkerSession | undefined;
  /** Present from the answer to a knock on. */
  #introduction: Introduction | undefined;
  #knocked = false;
  #greeting = false;
  #helloTimer: Timer | undefined;

  constructor(socket: WebSocket, house: House, terms: WorkerTerms) {
    this.#socket = socket;
    this.#house = house;
    this.#terms = terms;
    this.#connection = new WorkerConnection(socket);
  }

  begin(): void {
    this.#helloTimer = this.#house.clock.after(HELLO_TIMEOUT_MS, () =>
      this.#refuse(new RefusedError('OVERLOADED', `no hello within ${HELLO_TIMEOUT_MS} ms`)),
    );
    this.#socket.on('message', (data, isBinary) => this.#hear(data, isBinary));
    this.#socket.on('close', (code: number) => {
      this.#helloTimer?.cancel();
      const { sessions } = this.#house.broker;
      if (this.#session !== undefined)
        sessions.disconnected(this.#session, this.#connection, code === MESSAGE_TOO_BIG);
    });
  }

  #hear(data: RawData, isBinary: boolean): void {
    try {
      if (isBinary) throw new CeleriacError('BAD_FRAME', 'expected a text frame, got a binary one');
      const text = data.toString();
      const frame = readWorkerFrame(text, this.#house.limits.payload);
      if (this.#introduction !== undefined && !this.#greeting) this.#introduction.bytes += text.length;
      void this.#handle(frame).catch((error: unknown) => this.#refuse(error));
    } catch (error) {
      this.#refuse(error);
    }
  }

  async #handle(frame: WorkerFrame): Promise<void> {
    if (isReport(frame)) return this.#reportFrom(frame);
    if (frame[0] === 'knock') return this.#knock(frame[1]);
    if (frame[0] === 'hello') return this.#hello(this.#whole(frame[1]));
    const introduction = this.#introduction;
    if (introduction === undefined || this.#greeting)
      throw new CeleriacError('BAD_FRAME', `expected ${frame[0]} after a knock and before hello`);
    if (frame[0] === 'definitions') introduction.definitions.push(...frame[1]);
    else introduction.held.push(...frame[1]);
    checkIntroduction(introduction);
  }

  /** Somebody with a token may say more of itself than a stranger. */
  async #knock(knock: WorkerKnock): Promise<void> {
    if (this.#knocked || this.#greeting)
      throw new CeleriacError('BAD_FRAME', 'expected one knock, before hello');
    this.#knocked = true;
    const protocol = protocolWith(knock);
    const grant = await this.#house.authenticate(knock.token);
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#introduction = { protocol, grant, definitions: [], held: [], bytes: 0 };
    this.#connection.send(['admitted', { frameLimit: this.#house.limits.frame }]);
  }

  /** A hello with what was said before it. */
  #whole(hello: WorkerHello): WorkerHello {
    const introduction = this.#introduction;
    if (introduction === undefined) return hello;
    introduction.definitions.push(...hello.definitions);
    introduction.held.push(...hello.held);
    checkIntroduction(introduction);
    return { ...hello, definitions: introduction.definitions, held: introduction.held };
  }

  async #reportFrom(frame: Report): Promise<void> {
    const session = this.#session;
    if (session === undefined) throw new CeleriacError('BAD_FRAME', `expected hello first, got: ${frame[0]}`);
    // Resumed on another connection: what comes here still is from before.
    if (session.port !== this.#connection) return;
    session.heardAt = this.#house.clock.monotonic();
    return this.#report(session, frame);
  }

  async #report(session: WorkerSession, frame: Report): Promise<void> {
    const { completer, dispatcher, monitor, sessions } = this.#house.broker;
    switch (frame[0]) {
      case 'started':
        return completer.started(session, frame[1]);
      case 'progress':
        return completer.progress(session, frame[1]);
      case 'chunks':
        return completer.chunks(session, frame[1]);
      case 'settled':
        return completer.settled(session, frame[1]);
      case 'release':
        return completer.released(session, frame[1]);
      case 'capacity':
        session.capacity = frame[1];
        return dispatcher.wake();
      case 'beat':
        session.vitals = frame[1];
        monitor.beat(session);
        return this.#connection.send(['beat', frame[1].count]);
      case 'bye':
        return sessions.lose(session, 'it said goodbye');
      default:
        frame satisfies never;
    }
  }

  async #hello(hello: WorkerHello): Promise<void> {
    if (this.#greeting) throw new CeleriacError('BAD_FRAME', 'expected one hello, got a second one');
    this.#greeting = true;
    this.#helloTimer?.cancel();
    if (this.#knocked && this.#introduction === undefined)
      throw new CeleriacError('BAD_FRAME', 'expected hello after the answer to the knock');
    const { authenticate, broker, limits } = this.#house;
    const protocol = protocolWith(hello);
    const grant = this.#introduction?.grant ?? (await authenticate(hello.token));
    this.#introduction = undefined;
    // Its definitions count for everybody, so that one that works nowhere must not bring any.
    if (hello.queues.length === 0)
      throw new CeleriacError('BAD_FRAME', 'expected hello.queues to name a queue, got none');
    const closed = hello.queues.find((queue) => !authorize.hello(grant, queue));
    if (closed !== undefined)
      throw new RefusedError('FORBIDDEN', `the token does not allow to work on queue ${closed}`);
    if (this.#socket.readyState !== this.#socket.OPEN) return;

    const joined = broker.sessions.join({
      facts: {
        name: hello.name,
        bootId: hello.bootId,
        host: hello.host,
        pid: hello.pid,
        version: hello.version,
        startedAt: this.#house.clock.now() - hello.ageMs,
        pool: hello.pool,
        concurrency: hello.concurrency,
        queues: new Set(hello.queues),
        weights: new Map(hello.weights),
        names: new Set(hello.definitions.map(({ name }) => name)),
      },
      capacity: hello.capacity,
      port: this.#connection,
      resume: hello.session,
      held: hello.held,
    });
    this.#session = joined.session;
    this.#connection.limit(hello.frameLimit ?? PEER_FRAME_LIMIT, joined.session.choked !== 'no');
    this.#connection.welcome({
      protocol,
      session: joined.session.id,
      resumed: joined.resumed,
      epoch: broker.epoch,
      lost: joined.lost,
      leaseMs: this.#terms.leaseMs,
      heartbeatMs: this.#terms.heartbeatMs,
      payloadLimit: limits.payload,
      frameLimit: limits.frame,
    });
    const unfit = this.#resend(joined);
    const reasserted = broker.completer.started(joined.session, joined.started);
    const advertised = broker.router
      .advertise(definitionsWithin(grant, hello), hello.appOptions)
      .then(() => broker.dispatcher.wake());
    // Together: where the store fails both do, and neither may fail unheard.
    await Promise.all([reasserted, advertised, unfit]);
  }

  /**
   * What was on its way when the socket broke. Where that broke because of a frame's size, and each item had gone by itself,
   * the largest of those that did not arrive was too large.
   */
  async #resend({ session, missed }: Joined): Promise<void> {
    const largest = session.choked === 'item' ? largestOf(missed) : undefined;
    if (session.choked === 'item') session.choked = 'frame';
    const unfit = this.#connection.assign(missed.filter((item) => item !== largest));
    await this.#house.broker.completer.unfit(largest === undefined ? unfit : [...unfit, largest]);
  }

  /** Tells the worker why and hangs up; its session stays, for it to come back to. */
  #refuse(error: unknown): void {
    const known = error instanceof CeleriacError;
    if (!known) this.#house.telemetry.emit('serviceFailed', { service: 'worker link', error });
    const code = known ? error.code : 'OVERLOADED';
    const message = known ? error.message : 'the gateway could not do this; its log says why';
    this.#house.telemetry.emit('refused', { code, count: 1 });
    this.#connection.send(['refused', { code, message }]);
    this.#connection.close(CLOSE_CODES[code] ?? CLOSE.badFrame, message);
  }
}

/** A token for one queue does not let its bearer say where the tasks of others go. */
function definitionsWithin(grant: Grant, { definitions, appOptions }: WorkerHello): readonly Definition[] {
  return definitions.filter(({ options }) =>
    authorize.hello(grant, options.queue ?? appOptions.queue ?? DEFAULT_OPTIONS.queue),
  );
}

function isReport(frame: WorkerFrame): frame is Report {
  const [type] = frame;
  return type !== 'hello' && type !== 'knock' && type !== 'definitions' && type !== 'held';
}

function largestOf(items: readonly Assignment[]): Assignment | undefined {
  return items.toSorted((one, other) => assignmentSize(other) - assignmentSize(one))[0];
}

/** @throws RefusedError where a worker says more of itself than is kept of one */
function checkIntroduction({ definitions, held, bytes }: Introduction): void {
  if (definitions.length > DEFINITIONS)
    throw new RefusedError('TOO_MANY_DEFINITIONS', `at most ${DEFINITIONS} definitions per worker`);
  if (held.length > 2 * WORKER_CAPACITY || bytes > INTRODUCTION_LIMIT)
    throw new RefusedError(
      'FRAME_TOO_LARGE',
      `expected at most ${2 * WORKER_CAPACITY} attempts, and ${INTRODUCTION_LIMIT} characters in all, before a welcome`,
    );
}

/** @throws RefusedError where there is none that both speak */
function protocolWith({ protocol: { min, max } }: WorkerKnock): number {
  const protocol = agree(PROTOCOL, { min, max });
  if (protocol !== undefined) return protocol;
  throw new RefusedError(
    'UNSUPPORTED_PROTOCOL',
    `this gateway speaks protocol ${PROTOCOL.min} to ${PROTOCOL.max}, the worker ${min} to ${max}`,
  );
}
