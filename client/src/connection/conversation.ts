import type { RefusedError } from '@celeriac/protocol';
import { type ClientWelcome, DEFAULT_LIMITS, type WireSnapshot } from '@celeriac/protocol/internal';
import type { GatewaySession } from '../record/task-record.ts';
import { Feeds } from './feeds.ts';
import { Following } from './following.ts';
import { ONE_BY_ONE, USUAL_FRAME_SIZES } from './frames.ts';
import { PendingQuestions } from './pending-questions.ts';
import { Streams } from './streams.ts';
import { Submissions, type SubmissionsOptions } from './submissions.ts';
import { Suspicion } from './suspicion.ts';
import type { GatewayListener, Transport } from './transport.ts';
import { Watches } from './watches.ts';

export interface ConversationOptions extends Omit<SubmissionsOptions, 'watches'> {
  /** Asks the gateway for all that it knows of a task. */
  readonly get: (id: string, aside?: boolean, signal?: AbortSignal) => Promise<WireSnapshot>;
}

/** All that an app says to its gateway and hears from it, each kind by itself, over all sessions. */
export class Conversation {
  readonly submissions: Submissions;
  readonly following: Following;
  readonly streams: Streams;
  readonly feeds: Feeds;
  readonly questions: PendingQuestions;
  /** Where that goes which the gateway says by itself. */
  readonly heard: Omit<GatewayListener, 'welcome' | 'refused' | 'goaway'> = {
    receipts: (receipts) => this.submissions.receive(receipts),
    events: (items) => this.following.applyEvents(items),
    snapshots: (snapshots) => {
      for (const snapshot of snapshots) this.following.applySnapshot(snapshot);
    },
    streams: (items) => this.streams.receive(items),
    feeds: (items) => this.feeds.receive(items),
  };
  readonly #suspicion = new Suspicion();
  #payloadLimit = DEFAULT_LIMITS.payload;
  #framing = USUAL_FRAME_SIZES;

  constructor({ get, ...options }: ConversationOptions) {
    const { hold, ready } = options;
    const watches = new Watches();
    this.questions = new PendingQuestions(hold, ready);
    this.feeds = new Feeds(hold, ready);
    this.streams = new Streams(ready, (record) => void this.following.ask(record));
    this.following = new Following({
      watches,
      get,
      ready,
      replaced: (record, snapshot) => this.streams.startOver(record, snapshot),
      gone: (record) => this.streams.gone(record),
    });
    this.submissions = new Submissions({ ...options, watches });
  }

  /** The largest payload the gateway takes, in UTF-16 units. */
  get payloadLimit(): number {
    return this.#payloadLimit;
  }

  /** Submits before watches: a watch must never overtake the task it is about. */
  send(transport: Transport): void {
    const careful = this.#suspicion.over(transport);
    const framing = careful?.collecting ? ONE_BY_ONE : this.#framing;
    const spoken = careful ?? transport;
    this.submissions.send(spoken, framing);
    this.following.send(spoken, framing);
    this.streams.send(spoken, framing);
    this.feeds.send(spoken, framing);
    this.questions.send(spoken, framing);
    careful?.begin();
  }

  /** A new session. */
  resume(welcome: ClientWelcome): void {
    this.#payloadLimit = welcome.limits.payload;
    const session: GatewaySession = { epoch: welcome.epoch };
    this.questions.resend();
    this.submissions.resume(session, welcome);
    this.following.resume(session);
    this.streams.resume();
    this.feeds.resume();
  }

  /** A try to connect, or a session, came to nothing. @param choked a frame of ours was too large */
  failed(choked: boolean): void {
    this.#framing = this.submissions.away(choked, this.#framing);
  }

  /** The gateway could not read a frame, and closes the connection. The item at fault is given up with the reason; all others are sent again. */
  misread(refusal: RefusedError, ids: readonly string[]): void {
    const named = ids.filter((id) => this.submissions.giveUp(id, refusal));
    if (named.length > 0) return;
    const culprit = this.#suspicion.refused();
    if (culprit === undefined) return;
    const { name, about } = culprit;
    if (name === 'submit') this.submissions.giveUp(String(about), refusal);
    else if (name === 'define') this.submissions.giveUpTask(String(about), refusal);
    else if (name === 'watch') this.following.refused(refusal, [String(about)]);
    else if (name === 'openStreams') this.streams.giveUp(Number(about), refusal);
    else if (name === 'openFeeds') this.feeds.giveUp(Number(about), refusal);
  }

  /** Another gateway: what was too large for the last one, or was no sense to it, may pass. */
  moved(): void {
    this.#framing = USUAL_FRAME_SIZES;
    this.submissions.moved();
    this.feeds.reopen();
  }

  /** What was refused for now is sent again. */
  again(): void {
    this.submissions.resend();
    this.following.askAgain();
  }

  /** The gateway has been away for too long. @param describe what is told, by the task that is asked about */
  unreachable(describe: (id: string | null) => Error): void {
    this.following.unreachable();
    this.streams.fail(describe);
    this.questions.fail(describe);
  }

  /** For everybody but calls: nothing more is said. */
  end(error: Error): void {
    this.following.end(error);
    this.streams.fail(() => error);
    this.questions.fail(() => error);
    this.feeds.end(error);
  }
}
