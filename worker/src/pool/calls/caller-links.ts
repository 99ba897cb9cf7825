/** The links of one child, in its worker: each is an extension of the switchboard. */
import type { Link, LinkEvents, OpenLink } from '@celeriac/client';
import { type FromCaller, type HeardEvent, plainLoss, type ToCaller } from './messages.ts';

export class CallerLinks {
  readonly #open: OpenLink;
  readonly #post: (message: ToCaller) => void;
  readonly #links = new Map<number, Link>();

  constructor(open: OpenLink, post: (message: ToCaller) => void) {
    this.#open = open;
    this.#post = post;
  }

  receive(message: FromCaller): void {
    const [kind, number] = message;
    switch (kind) {
      case 'open':
        this.#links.set(number, this.#open(this.#eventsOf(number)));
        break;
      case 'send':
        // Here what a child's copy of the client says becomes a frame again; the gateway looks at it.
        this.#links.get(number)?.send(...([message[2], message[3]] as Parameters<Link['send']>));
        break;
      case 'ask': {
        const [, , question, asked, items] = message;
        const answer = (given: unknown): void => this.#post(['answer', number, question, given]);
        this.#links.get(number)?.[asked](items as never, answer);
        break;
      }
      case 'close':
        this.#links.get(number)?.close();
        this.#links.delete(number);
        break;
    }
  }

  /** The child is gone. */
  close(): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  #eventsOf(number: number): LinkEvents {
    const heard =
      (name: HeardEvent) =>
      (body: unknown): void =>
        this.#post(['heard', number, name, body]);
    return {
      welcome: heard('welcome'),
      receipts: heard('receipts'),
      events: heard('events'),
      snapshots: heard('snapshots'),
      streams: heard('streams'),
      feeds: heard('feeds'),
      refused: heard('refused'),
      goaway: heard('goaway'),
      lost: (loss) => {
        this.#links.delete(number);
        this.#post(['lost', number, plainLoss(loss)]);
      },
    };
  }
}
