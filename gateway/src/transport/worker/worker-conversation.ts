import { CeleriacError, RefusedError } from '@celeriac/protocol';
import {
  type Assignment,
  FrameError,
  PEER_FRAME_LIMIT,
  readWorkerFrame,
  type WorkerFrame,
  type WorkerHello,
  type WorkerKnock,
} from '@celeriac/protocol/internal';

import { deadline, type Timer } from '@celeriac/runtime';
import type { RawData, WebSocket } from 'ws';
import { factsOf, type WorkerSession } from '../../broker/roster.ts';
import type { Joined } from '../../broker/sessions.ts';
import { Audit } from '../audit.ts';
import { authorize } from '../auth/authorize.ts';
import type { Grant } from '../auth/grant.ts';
import type { Stay } from '../auth/stay.ts';
import type { TransportContext } from '../context.ts';
import { commonProtocol } from '../entrance.ts';
import type { PeerConnection } from '../peer-connection.ts';
import { HelloSequence } from './hello-sequence.ts';
import { assignmentSize, WorkerConnection } from './worker-connection.ts';
import { closeCodeOf, toWorkerRefusal } from './worker-refusal.ts';

export interface WorkerTerms {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
}

/** How long a worker that has knocked may take to say all of itself. */
const HELLO_MS = 30_000;
/** Tasks that a welcome names as not defined anew. */
const REFUSED_NAMED = 100;

/** What a WebSocket is closed with when a message was larger than its receiver takes (RFC 6455, 7.4.1). */
const MESSAGE_TOO_BIG = 1009;

type Report = Exclude<WorkerFrame, readonly ['knock' | 'definitions' | 'held' | 'hello', unknown]>;

/**
 * What is said on one worker socket: first hello, or knock and more and then hello; then reports. Frames are handled one
 * after the other in the order of arrival up to the point where each waits for a commit.
 */
export class WorkerConversation {
  readonly #peer: PeerConnection;
  readonly #context: TransportContext;
  readonly #terms: WorkerTerms;
  readonly #connection: WorkerConnection;
  readonly #audit: Audit;
  readonly #greeting = new HelloSequence();
  #session: WorkerSession | undefined;
  #stay: Stay | undefined;
  #helloTimer: Timer | undefined;
  /** As its hello says. */
  #name: string | undefined;
  #over = false;

  constructor(socket: WebSocket, peer: PeerConnection, context: TransportContext, terms: WorkerTerms) {
    this.#audit = new Audit(context.telemetry, peer.address, () => this.#stay?.grant);
    this.#peer = peer;
    this.#context = context;
    this.#terms = terms;
    this.#connection = new WorkerConnection(socket, peer, context.clock, {
      message: (data, isBinary) => this.#hear(data, isBinary),
      alive: () => this.#noteAlive(),
      closed: (code) => this.#leave(code === MESSAGE_TOO_BIG),
      tooSlow: (why) => this.#refuse(why),
    });
  }

  begin(): void {
    this.#peer.watch((why) => this.#refuse(why));
  }

  #hear(data: RawData, isBinary: boolean): void {
    if (this.#over) return;
    try {
      if (isBinary) throw new FrameError('expected a text frame, got a binary one');
      const text = data.toString();
      const frame = readWorkerFrame(text, this.#context.limits.payload);
      this.#greeting.heard(text);
      void this.#handle(frame)?.catch((error: unknown) => this.#refuse(error));
    } catch (error) {
      this.#refuse(error);
    }
  }

  #handle(frame: WorkerFrame): Promise<void> | undefined {
    if (isReport(frame)) return this.#reportFrom(frame);
    if (frame[0] === 'knock') return this.#knock(frame[1]);
    if (frame[0] === 'hello') return this.#hello(frame[1]);
    this.#greeting.part(frame);
    return undefined;
  }

  /** Somebody with a token may say more of itself than a stranger. */
  async #knock(knock: WorkerKnock): Promise<void> {
    this.#greeting.knock();
    commonProtocol(knock.protocol, 'worker');
    const stay = await this.#admit(knock.token);
    if (stay === undefined) return;
    if (!authorize.knock(stay.grant, ''))
      throw new RefusedError('FORBIDDEN', 'this token may not work on any queue (needs work:QUEUE)');
    this.#greeting.admit();
    this.#helloTimer = deadline(this.#context.clock, HELLO_MS, () =>
      this.#refuse(new RefusedError('OVERLOADED', `no hello within ${HELLO_MS} ms after a knock`)),
    );
    this.#connection.send(['admitted', { frameLimit: this.#context.limits.frame }]);
  }

  /** @returns nothing where the socket has closed meanwhile @throws RefusedError where its token does not let it in */
  async #admit(token: string | null): Promise<Stay | undefined> {
    const stay = this.#stay ?? (await this.#context.gatekeeper.admit(token));
    if (this.#stay === undefined) {
      this.#stay = stay;
      this.#peer.letIn();
      // From here on, whatever it has said of itself by then.
      stay.onEnd((why) => this.#refuse(why));
    }
    if (!this.#over && this.#connection.open && stay.holds()) return stay;
    stay.leave();
    return undefined;
  }

  #reportFrom(frame: Report): Promise<void> | undefined {
    const session = this.#session;
    if (session === undefined) throw new FrameError(`expected hello first, got: ${frame[0]}`);
    // Resumed on another connection: what comes here still is from before.
    if (session.port !== this.#connection || this.#stay?.holds() === false) return undefined;
    session.heardAt = this.#context.clock.monotonic();
    return this.#report(session, frame) ?? undefined;
  }

  #noteAlive(): void {
    const session = this.#session;
    if (session?.port === this.#connection) session.heardAt = this.#context.clock.monotonic();
  }

  #report(session: WorkerSession, frame: Report): Promise<void> | void {
    const { completer, dispatcher, monitor, sessions } = this.#context.broker;
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
      case 'refresh':
        return this.#refresh(session, frame[1]);
      case 'bye':
        return sessions.lose(session, 'it signed off');
      default:
        frame satisfies never;
    }
  }

  async #hello(said: WorkerHello): Promise<void> {
    const hello = this.#greeting.hello(said);
    this.#helloTimer?.cancel();
    const { broker, limits } = this.#context;
    const protocol = commonProtocol(hello.protocol, 'worker');
    const stay = await this.#admit(hello.token);
    if (stay === undefined) return;
    const { grant } = stay;
    const mayServe = (queue: string): boolean => authorize.definition(grant, queue);
    // Its definitions count for everybody, so that one that works nowhere must not bring any.
    if (hello.queues.length === 0) throw new FrameError('expected hello.queues to name a queue, got none');
    assertWorks(grant, hello.queues);
    this.#name = hello.name;

    const joined = broker.sessions.join({
      facts: factsOf(hello, this.#context.clock.now()),
      capacity: hello.capacity,
      port: this.#connection,
      resume: hello.session,
      held: hello.held,
      gone: hello.gone ?? null,
      mayServe,
    });
    this.#session = joined.session;
    const { definitions, appOptions } = hello;
    const { refused, crowded, routed } = broker.router.advertise(definitions, appOptions, mayServe);
    if (refused.length > 0) this.#audit.refused('FORBIDDEN', 'definition', refused, refused.length);
    if (crowded.length > 0)
      this.#audit.refused('TOO_MANY_DEFINITIONS', 'definition', crowded, crowded.length);
    const ignored = [...refused, ...crowded].slice(0, REFUSED_NAMED);
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
      ...(ignored.length === 0 ? {} : { refused: ignored }),
      ...stay.remaining,
    });
    const unfit = this.#resend(joined);
    const reasserted = broker.completer.started(joined.session, joined.started);
    const advertised = routed.then(() => broker.dispatcher.wake());
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
    await this.#context.broker.completer.unfit(largest === undefined ? unfit : [...unfit, largest]);
  }

  /** A token that lets it work on less ends the connection: what it has of the other queues was not given to this one. */
  async #refresh({ facts }: WorkerSession, token: string): Promise<void> {
    const stay = this.#stay;
    if (stay === undefined) return;
    try {
      await this.#context.gatekeeper.refresh(stay, token);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      const { code, message, retryAfterMs } = error;
      this.#audit.refused(code, 'refresh');
      return this.#connection.send(['refreshed', { refused: { code, message, retryAfterMs } }]);
    }
    try {
      assertWorks(stay.grant, facts.queues);
    } catch (error) {
      return this.#refuse(error);
    }
    this.#connection.send(['refreshed', { ok: stay.remaining }]);
  }

  /** @param choked it closed because a frame was too large for it */
  #leave(choked = false): void {
    this.#stay?.leave();
    this.#helloTimer?.cancel();
    if (this.#session !== undefined)
      this.#context.broker.sessions.disconnected(this.#session, this.#connection, choked);
  }

  /** Tells the worker why and hangs up: nothing more that it says counts. Its session stays, for it to come back to. */
  #refuse(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    if (!(error instanceof CeleriacError))
      this.#context.telemetry.emit('serviceFailed', { service: 'worker connection', error });
    const word = toWorkerRefusal(error);
    this.#audit.refused(word.code, 'worker', this.#name === undefined ? [] : [this.#name]);
    this.#connection.send(['refused', word]);
    this.#connection.close(closeCodeOf(word), word.message);
    this.#leave();
  }
}

/** @throws RefusedError with `FORBIDDEN` */
function assertWorks(grant: Grant, queues: Iterable<string>): void {
  for (const queue of queues) {
    if (!authorize.hello(grant, queue))
      throw new RefusedError('FORBIDDEN', `this token may not work on queue ${queue} (needs work:${queue})`);
  }
}

function isReport(frame: WorkerFrame): frame is Report {
  const [type] = frame;
  return type !== 'hello' && type !== 'knock' && type !== 'definitions' && type !== 'held';
}

function largestOf(items: readonly Assignment[]): Assignment | undefined {
  return items.toSorted((one, other) => assignmentSize(other) - assignmentSize(one))[0];
}
