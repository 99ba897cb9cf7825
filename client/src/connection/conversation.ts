import { RefusedError } from '@celeriac/protocol';
import { DEFAULT_LIMITS } from '@celeriac/protocol/calling';
import type { ClientWelcome, WireSnapshot } from '@celeriac/protocol/internal';
import type { Timer } from '@celeriac/runtime';
import type { GatewaySession, Hold } from '../record/changes.ts';
import type { TaskRecord } from '../record/task-record.ts';
import type { Feeds } from './feeds.ts';
import { Following } from './following.ts';
import { ONE_BY_ONE, type Producer, type Ready, USUAL_FRAME_SIZES } from './frames.ts';
import { PendingQuestions } from './pending-questions.ts';
import type { Streams } from './streams.ts';
import { Submissions, type SubmissionsOptions } from './submissions.ts';
import { Suspicion } from './suspicion.ts';
import type { GatewayListener, Transport } from './transport.ts';
import { Watches } from './watches.ts';

export interface ConversationOptions extends Omit<SubmissionsOptions, 'watches' | 'ready'> {
  /** That of the present session. */
  readonly transport: () => Transport | undefined;
  /** Asks the gateway for all that it knows of a task. */
  readonly get: (id: string, aside?: boolean, signal?: AbortSignal) => Promise<WireSnapshot>;
}

export type MakeStreams = (ready: Ready, ask: (record: TaskRecord) => void) => Streams;
export type MakeFeeds = (hold: Hold, ready: Ready) => Feeds;

/** All that an app says to its gateway and hears from it, each kind by itself, over all sessions. */
export class Conversation {
  readonly submissions: Submissions;
  readonly following: Following;
  readonly questions: PendingQuestions;
  /** What the gateway takes: of a payload in UTF-16 units. */
  readonly limits = { payload: DEFAULT_LIMITS.payload };
  /** Where that goes which the gateway says by itself. */
  readonly heard: Omit<GatewayListener, 'welcome' | 'goaway'>;
  readonly #options: ConversationOptions;
  /** Submits before watches: a watch must never overtake the task it is about. */
  #producers: readonly Producer[];
  /** What few apps use comes with those that use it. */
  #streams: Streams | undefined;
  #feeds: Feeds | undefined;
  /** Those that have something to send. */
  readonly #due = new Set<Producer>();
  #flushing = false;
  /** Since a frame of ours could not be read. */
  #suspicion: Suspicion | undefined;
  /** When what this session's gateway refused for now goes again; monotonic. */
  #again: Timer | undefined;
  #againAt = Number.POSITIVE_INFINITY;
  #framing = USUAL_FRAME_SIZES;
  #ended: Error | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
    const { hold, get } = options;
    const ready = this.#ready;
    const watches = new Watches(() => ready(this.following));
    this.questions = new PendingQuestions(hold, ready);
    this.following = new Following({
      watches,
      get,
      replaced: (record, snapshot) => this.#streams?.startOver(record, snapshot),
      gone: (record) => this.#streams?.gone(record),
    });
    this.submissions = new Submissions({ ...options, watches, ready });
    this.#producers = this.#inOrder();
    this.heard = {
      receipts: this.submissions.receive,
      events: this.following.applyEvents,
      snapshots: (snapshots) => {
        for (const snapshot of snapshots) this.following.applySnapshot(snapshot);
      },
      streams: (items) => this.#streams?.receive(items),
      feeds: (items) => this.#feeds?.receive(items),
      refused: (refusal) => this.#refused(RefusedError.of(refusal), refusal.ids),
    };
  }

  streams(make: MakeStreams): Streams {
    if (this.#streams === undefined) {
      this.#streams = make(this.#ready, (record) => void this.following.ask(record));
      this.#producers = this.#inOrder();
    }
    return this.#streams;
  }

  feeds(make: MakeFeeds): Feeds {
    if (this.#feeds === undefined) {
      this.#feeds = make(this.#options.hold, this.#ready);
      this.#producers = this.#inOrder();
      if (this.#ended !== undefined) this.#feeds.end(this.#ended);
    }
    return this.#feeds;
  }

  #inOrder(): readonly Producer[] {
    const rare = [this.#streams, this.#feeds].filter((one) => one !== undefined);
    return [this.submissions, this.following, ...rare, this.questions];
  }

  /** The end of this microtask turn: a lone call leaves at once, the calls of a loop leave together. */
  readonly #ready: Ready = (producer) => {
    this.#due.add(producer);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      const transport = this.#options.transport();
      if (transport !== undefined) this.#send(transport);
    });
  };

  #send(transport: Transport): void {
    const careful = this.#suspicion?.over(transport);
    const framing = careful?.collecting ? ONE_BY_ONE : this.#framing;
    const spoken = careful ?? transport;
    for (const producer of this.#producers) if (this.#due.delete(producer)) producer.send(spoken, framing);
    careful?.begin();
  }

  /** A new session. */
  resume(welcome: ClientWelcome): void {
    this.limits.payload = welcome.limits.payload;
    const session: GatewaySession = { epoch: welcome.epoch };
    this.questions.resend();
    this.submissions.resume(session, welcome);
    this.following.resume(session);
    this.#streams?.resume();
    this.#feeds?.resume();
    for (const producer of this.#producers) this.#ready(producer);
  }

  /** The session is over, or there was none yet. */
  away(): void {
    this.#again?.cancel();
    this.#againAt = Number.POSITIVE_INFINITY;
    this.#feeds?.away();
  }

  /** A try to connect, or a session, came to nothing. @param choked a frame of ours was too large */
  failed(choked: boolean): void {
    this.#framing = this.submissions.away(choked, this.#framing);
  }

  /** Watches that were refused are named. What may pass later is sent again; calls and questions have answers of their own. */
  #refused(refusal: RefusedError, ids: readonly string[] = []): void {
    this.following.refused(refusal, ids);
    if (refusal.code === 'BAD_FRAME') this.#misread(refusal, ids);
    if (refusal.retryAfterMs !== null && this.#options.transport() !== undefined)
      this.#againIn(refusal.retryAfterMs);
  }

  /** The gateway could not read a frame, and closes the connection. The item at fault is given up with the reason; all others are sent again. */
  #misread(refusal: RefusedError, ids: readonly string[]): void {
    const named = ids.filter((id) => this.submissions.giveUp(id, refusal));
    if (named.length > 0) return;
    this.#suspicion ??= new Suspicion();
    const culprit = this.#suspicion.refused();
    if (culprit === undefined) return;
    const { name, about } = culprit;
    if (name === 'submit') this.submissions.giveUp(String(about), refusal);
    else if (name === 'define') this.submissions.giveUpTask(String(about), refusal);
    else if (name === 'watch') this.following.refused(refusal, [String(about)]);
    else if (name === 'openStreams') this.#streams?.giveUp(Number(about), refusal);
    else if (name === 'openFeeds') this.#feeds?.giveUp(Number(about), refusal);
  }

  /** Another gateway: what was too large for the last one, or was no sense to it, may pass. */
  moved(): void {
    this.#framing = USUAL_FRAME_SIZES;
    this.submissions.moved();
    this.#ended = undefined;
    this.#feeds?.reopen();
  }

  /** However often something is refused, all goes again together: soonest when that was said of the first. */
  #againIn(ms: number): void {
    const { clock } = this.#options;
    const at = clock.monotonic() + ms;
    if (this.#againAt <= at) return;
    this.#again?.cancel();
    this.#againAt = at;
    this.#again = clock.after(ms, () => {
      this.#againAt = Number.POSITIVE_INFINITY;
      this.submissions.resend();
      this.following.askAgain();
      this.#ready(this.submissions);
    });
  }

  /** The gateway has been away for too long. @param describe what is told, by the task that is asked about */
  unreachable(describe: (id: string | null) => Error): void {
    this.following.unreachable();
    this.#streams?.fail(describe);
    this.questions.fail(describe);
  }

  /** For everybody but calls: nothing more is said. */
  end(error: Error): void {
    this.following.end(error);
    this.#streams?.fail(() => error);
    this.questions.fail(() => error);
    this.#ended = error;
    this.#feeds?.end(error);
  }
}
