/** The transports of one child, in its worker: each is an extension of the switchboard. */
import type { OpenTransport, Transport, TransportEvents, TransportLoss } from '@celeriac/client/hosting';
import {
  CLIENT_FRAMES,
  FrameError,
  GATEWAY_FRAMES,
  namesOf,
  type Refusal,
  type SubmitItem,
} from '@celeriac/protocol/internal';
import { type FromCaller, plainLoss, type ToCaller } from './call-messages.ts';

type Told = Omit<TransportEvents, 'lost'>;
type Said = Extract<FromCaller, readonly ['send' | 'ask', ...unknown[]]>;

export class ChildTransports {
  readonly #open: OpenTransport;
  readonly #post: (message: ToCaller) => void;
  readonly #transports = new Map<number, Transport>();

  constructor(open: OpenTransport, post: (message: ToCaller) => void) {
    this.#open = open;
    this.#post = post;
  }

  receive(message: FromCaller): void {
    const [kind, number] = message;
    const transport = this.#transports.get(number);
    if (kind === 'open') this.#transports.set(number, this.#open(this.#eventsOf(number)));
    else if (transport === undefined) return;
    else if (kind === 'close') {
      transport.close();
      this.#transports.delete(number);
    } else this.#say(transport, message);
  }

  /** What cannot be read costs the transport that it came over, as it would at the gateway, and none of those that share the connection. */
  #say(transport: Transport, message: Said): void {
    const [, number, name, body] = message;
    let said: unknown;
    try {
      said = name === 'submit' ? this.#readSubmit(number, body) : CLIENT_FRAMES[name].read(body, name);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      const { code, taskId } = error;
      const ids = taskId === undefined ? {} : { ids: [taskId] };
      const refusal: Refusal = { code, message: error.message, retryAfterMs: null, ...ids };
      if (message[0] === 'send') this.#post(['heard', number, 'refused', refusal]);
      else this.#post(['answer', number, message[4], { refused: refusal }]);
      transport.close();
      this.#lose(number, { reason: error, refused: false, retryAfterMs: null });
      return;
    }
    // As it was read: what came with it may be nothing that JSON can carry.
    if (message[0] === 'send') transport.send(message[2], said as never);
    else {
      const [, , asked, , question] = message;
      transport.ask(asked, said as never, (answer: unknown) =>
        this.#post(['answer', number, question, answer]),
      );
    }
  }

  /** What is too large is refused here, as the gateway would refuse it. */
  #readSubmit(number: number, body: unknown): readonly SubmitItem[] {
    const { items, refused } = CLIENT_FRAMES.submit.read(body, 'submit');
    if (refused.length > 0) this.#post(['heard', number, 'receipts', refused]);
    return items;
  }

  #lose(number: number, loss: TransportLoss): void {
    if (this.#transports.delete(number)) this.#post(['lost', number, plainLoss(loss)]);
  }

  /** The child is gone. */
  close(): void {
    for (const transport of this.#transports.values()) transport.close();
    this.#transports.clear();
  }

  #eventsOf(number: number): TransportEvents {
    const heard = namesOf(GATEWAY_FRAMES).map((name) => [
      name,
      (body: unknown): void => this.#post(['heard', number, name, body]),
    ]);
    // One for each name.
    return { ...(Object.fromEntries(heard) as Told), lost: (loss) => this.#lose(number, loss) };
  }
}
