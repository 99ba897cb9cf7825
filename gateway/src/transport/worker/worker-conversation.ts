import {
  agree,
  CeleriacError,
  CLOSE,
  DEFAULT_OPTIONS,
  type Definition,
  PROTOCOL,
  RefusedError,
  readWorkerFrame,
  type WorkerFrame,
  type WorkerHello,
} from '@celeriac/protocol';
import type { RawData, WebSocket } from 'ws';
import type { WorkerSession } from '../../broker/roster.ts';
import { authorize } from '../auth/authorize.ts';
import type { Grant } from '../auth/grant.ts';
import type { House } from '../house.ts';
import type { Line } from '../line.ts';
import { WorkerConnection } from './worker-connection.ts';

export interface WorkerTerms {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
}

const CLOSE_CODES: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: CLOSE.unauthenticated,
  FORBIDDEN: CLOSE.forbidden,
  UNSUPPORTED_PROTOCOL: CLOSE.unsupportedProtocol,
  SLOW_READER: CLOSE.slowReader,
};

/**
 * What is said on one worker socket: first hello, then reports. Frames are handled one after the other in the
 * order of arrival up to the point where each waits for a commit.
 */
export class WorkerConversation {
  readonly #line: Line;
  readonly #house: House;
  readonly #terms: WorkerTerms;
  readonly #connection: WorkerConnection;
  #session: WorkerSession | undefined;
  #greeting = false;
  #over = false;

  constructor(socket: WebSocket, line: Line, house: House, terms: WorkerTerms) {
    this.#line = line;
    this.#house = house;
    this.#terms = terms;
    this.#connection = new WorkerConnection(socket, line, {
      message: (data, isBinary) => this.#hear(data, isBinary),
      closed: () => this.#leave(),
      tooSlow: (why) => this.#refuse(why),
    });
  }

  begin(): void {
    this.#line.watch((why) => this.#refuse(why));
  }

  #hear(data: RawData, isBinary: boolean): void {
    if (this.#over) return;
    try {
      if (isBinary) throw new CeleriacError('BAD_FRAME', 'expected a text frame, got a binary one');
      const frame = readWorkerFrame(data.toString(), this.#house.limits.payload);
      void this.#handle(frame).catch((error: unknown) => this.#refuse(error));
    } catch (error) {
      this.#refuse(error);
    }
  }

  async #handle(frame: WorkerFrame): Promise<void> {
    if (frame[0] === 'hello') return this.#hello(frame[1]);
    const session = this.#session;
    if (session === undefined) throw new CeleriacError('BAD_FRAME', `expected hello first, got: ${frame[0]}`);
    // Resumed on another connection: what comes here still is from before.
    if (session.port !== this.#connection) return;
    session.heardAt = this.#house.clock.monotonic();
    return this.#report(session, frame);
  }

  async #report(
    session: WorkerSession,
    frame: Exclude<WorkerFrame, readonly ['hello', WorkerHello]>,
  ): Promise<void> {
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
    const { authenticate, broker, limits } = this.#house;
    const protocol = agree(PROTOCOL, hello.protocol);
    if (protocol === undefined) throw unsupported(hello);
    const grant = await authenticate(hello.token);
    this.#line.letIn();
    // Its definitions count for everybody, so that one that works nowhere must not bring any.
    if (hello.queues.length === 0)
      throw new CeleriacError('BAD_FRAME', 'expected hello.queues to name a queue, got none');
    const closed = hello.queues.find((queue) => !authorize.hello(grant, queue));
    if (closed !== undefined)
      throw new RefusedError('FORBIDDEN', `the token does not allow to work on queue ${closed}`);
    if (this.#over || !this.#connection.open) return;

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
    this.#connection.send([
      'welcome',
      {
        protocol,
        session: joined.session.id,
        resumed: joined.resumed,
        epoch: broker.epoch,
        lost: joined.lost,
        leaseMs: this.#terms.leaseMs,
        heartbeatMs: this.#terms.heartbeatMs,
        payloadLimit: limits.payload,
      },
    ]);
    this.#connection.assign(joined.missed);
    const reasserted = broker.completer.started(joined.session, joined.started);
    const advertised = broker.router
      .advertise(definitionsWithin(grant, hello), hello.appOptions)
      .then(() => broker.dispatcher.wake());
    // Together: where the store fails both do, and neither may fail unheard.
    await Promise.all([reasserted, advertised]);
  }

  #leave(): void {
    if (this.#session !== undefined)
      this.#house.broker.sessions.disconnected(this.#session, this.#connection);
  }

  /** Tells the worker why and hangs up: nothing more that it says counts. Its session stays, for it to come back to. */
  #refuse(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    const known = error instanceof CeleriacError;
    if (!known) this.#house.telemetry.emit('serviceFailed', { service: 'worker link', error });
    const code = known ? error.code : 'OVERLOADED';
    const message = known ? error.message : 'the gateway could not do this; its log says why';
    this.#house.telemetry.emit('refused', { code, count: 1 });
    this.#connection.send(['refused', { code, message }]);
    this.#connection.close(CLOSE_CODES[code] ?? CLOSE.badFrame, message);
    this.#leave();
  }
}

/** A token for one queue does not let its bearer say where the tasks of others go. */
function definitionsWithin(grant: Grant, { definitions, appOptions }: WorkerHello): readonly Definition[] {
  return definitions.filter(({ options }) =>
    authorize.hello(grant, options.queue ?? appOptions.queue ?? DEFAULT_OPTIONS.queue),
  );
}

function unsupported({ protocol: { min, max } }: WorkerHello): RefusedError {
  return new RefusedError(
    'UNSUPPORTED_PROTOCOL',
    `this gateway speaks protocol ${PROTOCOL.min} to ${PROTOCOL.max}, the worker ${min} to ${max}`,
  );
}
