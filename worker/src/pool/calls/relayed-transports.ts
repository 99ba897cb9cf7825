/** The transports of a child, as its apps see them: what is said goes to the worker, which has the connection. */
import type { OpenTransport, TransportEvents } from '@celeriac/client/hosting';
import { type FromCaller, lossOf, type ToCaller } from './call-messages.ts';

interface OpenedTransport {
  readonly events: TransportEvents;
  /** By the number of the question. */
  readonly answers: Map<number, (answer: never) => void>;
}

export class RelayedTransports {
  readonly #post: (message: FromCaller) => void;
  readonly #transports = new Map<number, OpenedTransport>();
  #lastTransport = 0;
  #lastQuestion = 0;

  constructor(post: (message: FromCaller) => void) {
    this.#post = post;
  }

  readonly open: OpenTransport = (events) => {
    const number = ++this.#lastTransport;
    const answers: OpenedTransport['answers'] = new Map();
    this.#transports.set(number, { events, answers });
    this.#post(['open', number]);
    return {
      send: (name, body) => this.#post(['send', number, name, body]),
      ask: (name, body, answer) => {
        const question = ++this.#lastQuestion;
        answers.set(question, answer);
        this.#post(['ask', number, name, body, question]);
      },
      close: () => {
        if (this.#transports.delete(number)) this.#post(['close', number]);
      },
    };
  };

  receive(message: ToCaller): void {
    const [kind, number] = message;
    const transport = this.#transports.get(number);
    if (transport === undefined) return;
    switch (kind) {
      case 'heard':
        transport.events[message[2]](message[3] as never);
        break;
      case 'answer': {
        const answer = transport.answers.get(message[2]);
        transport.answers.delete(message[2]);
        answer?.(message[3] as never);
        break;
      }
      case 'lost':
        this.#transports.delete(number);
        transport.events.lost(lossOf(message[2]));
        break;
    }
  }
}
