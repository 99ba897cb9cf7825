/** The links of one child, in its worker: each is an extension of the switchboard. */
import type { Link, LinkEvents, Loss, OpenLink } from '@celeriac/client';
import { GATEWAY_FRAMES, namesOf } from '@celeriac/protocol';
import { type FromCaller, plainLoss, type ToCaller } from './messages.ts';

type Told = Omit<LinkEvents, 'lost'>;

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
    const link = this.#links.get(number);
    switch (kind) {
      case 'open':
        this.#links.set(number, this.#open(this.#eventsOf(number)));
        break;
      case 'send':
        link?.send(message[2], message[3] as never);
        break;
      case 'ask': {
        const [, , name, body, question] = message;
        const answer = (given: unknown): void => this.#post(['answer', number, question, given]);
        link?.ask(name, body as never, answer);
        break;
      }
      case 'close':
        link?.close();
        this.#links.delete(number);
        break;
    }
  }

  #lose(number: number, loss: Loss): void {
    if (this.#links.delete(number)) this.#post(['lost', number, plainLoss(loss)]);
  }

  /** The child is gone. */
  close(): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  #eventsOf(number: number): LinkEvents {
    const heard = namesOf(GATEWAY_FRAMES).map((name) => [
      name,
      (body: unknown): void => this.#post(['heard', number, name, body]),
    ]);
    // One for each name.
    return { ...(Object.fromEntries(heard) as Told), lost: (loss) => this.#lose(number, loss) };
  }
}
