import { type ClientWelcome, DEFAULT_LIMITS, type WireSnapshot } from '@celeriac/protocol';
import { Streams } from '../streams/streams.ts';
import type { SessionEvents } from './dialer.ts';
import { Feeds } from './feeds.ts';
import { Following } from './following.ts';
import { USUAL_FRAMING } from './frames.ts';
import type { Link } from './link.ts';
import { Questions } from './questions.ts';
import { Submissions, type SubmissionsOptions } from './submissions.ts';
import { Watches } from './watches.ts';

export interface ConversationOptions extends Omit<SubmissionsOptions, 'watches'> {
  /** Asks the gateway for all that it knows of a task. */
  readonly get: (id: string) => Promise<WireSnapshot>;
}

/** All that an app says to its gateway and hears from it, each kind by itself, over all sessions. */
export class Conversation {
  readonly submissions: Submissions;
  readonly following: Following;
  readonly streams: Streams;
  readonly feeds: Feeds;
  readonly questions: Questions;
  /** Where that goes which the gateway says by itself. */
  readonly heard: Pick<SessionEvents, 'receipts' | 'events' | 'snapshots' | 'streams' | 'feeds'> = {
    receipts: (receipts) => this.submissions.receive(receipts),
    events: (items) => this.following.applyEvents(items),
    snapshots: (snapshots) => {
      for (const snapshot of snapshots) this.following.applySnapshot(snapshot);
    },
    streams: (items) => this.streams.receive(items),
    feeds: (items) => this.feeds.receive(items),
  };
  #payloadLimit = DEFAULT_LIMITS.payload;
  #framing = USUAL_FRAMING;

  constructor({ get, ...options }: ConversationOptions) {
    const { hold, ready } = options;
    const watches = new Watches();
    this.questions = new Questions(hold, ready);
    this.feeds = new Feeds(hold, ready);
    this.streams = new Streams(ready);
    this.following = new Following({ watches, get, ready });
    this.submissions = new Submissions({ ...options, watches });
  }

  /** The largest payload the gateway takes, in UTF-16 units. */
  get payloadLimit(): number {
    return this.#payloadLimit;
  }

  /** Submits before watches: a watch must never overtake the task it is about. */
  send(link: Link): void {
    const framing = this.#framing;
    this.submissions.send(link, framing);
    this.following.send(link, framing);
    this.streams.send(link, framing);
    this.feeds.send(link, framing);
    this.questions.send(link, framing);
  }

  /** A new session. */
  resume(welcome: ClientWelcome): void {
    this.#payloadLimit = welcome.limits.payload;
    this.submissions.resume(welcome);
    this.following.resume(welcome);
    this.streams.resume();
    this.feeds.resume();
    this.questions.resend();
  }

  /** A try to connect, or a session, came to nothing. @param choked a frame of ours was too large */
  failed(choked: boolean): void {
    this.#framing = this.submissions.away(choked, this.#framing);
  }

  /** Another gateway: what was too large for the last one may pass. */
  moved(): void {
    this.#framing = USUAL_FRAMING;
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
