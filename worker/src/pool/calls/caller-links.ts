/** The links of one child, in its worker: each is an extension of the switchboard. */
import type { Link, LinkEvents, Loss, OpenLink } from '@celeriac/client';
import { CLIENT_FRAMES, FrameError, GATEWAY_FRAMES, namesOf, type Refusal } from '@celeriac/protocol';
import { type FromCaller, plainLoss, type ToCaller } from './messages.ts';

type Told = Omit<LinkEvents, 'lost'>;
type Said = Extract<FromCaller, readonly ['send' | 'ask', ...unknown[]]>;

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
    if (kind === 'open') this.#links.set(number, this.#open(this.#eventsOf(number)));
    else if (link === undefined) return;
    else if (kind === 'close') {
      link.close();
      this.#links.delete(number);
    } else this.#say(link, message);
  }

  /** What cannot be read costs the link that it came over, as it would at the gateway, and none of those that share the connection. */
  #say(link: Link, message: Said): void {
    const [, number, name, body] = message;
    try {
      CLIENT_FRAMES[name].read(body, name);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      const { code, taskId } = error;
      const ids = taskId === undefined ? {} : { ids: [taskId] };
      const refusal: Refusal = { code, message: error.message, retryAfterMs: null, ...ids };
      if (message[0] === 'send') this.#post(['heard', number, 'refused', refusal]);
      else this.#post(['answer', number, message[4], { refused: refusal }]);
      link.close();
      this.#lose(number, { reason: error, refused: false, retryAfterMs: null });
      return;
    }
    // What is sound goes on as it came: the gateway reads it anyway.
    if (message[0] === 'send') link.send(message[2], body as never);
    else {
      const [, , asked, , question] = message;
      link.ask(asked, body as never, (answer: unknown) => this.#post(['answer', number, question, answer]));
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
