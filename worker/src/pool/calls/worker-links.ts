/** The links of a child, as its apps see them: what is said goes to the worker, which has the connection. */
import type { LinkEvents, OpenLink } from '@celeriac/client';
import { type FromCaller, lossOf, type ToCaller } from './messages.ts';

interface OpenedLink {
  readonly events: LinkEvents;
  /** By the number of the question. */
  readonly answers: Map<number, (answer: never) => void>;
}

export class WorkerLinks {
  readonly #post: (message: FromCaller) => void;
  readonly #links = new Map<number, OpenedLink>();
  #lastLink = 0;
  #lastQuestion = 0;

  constructor(post: (message: FromCaller) => void) {
    this.#post = post;
  }

  readonly open: OpenLink = (events) => {
    const number = ++this.#lastLink;
    const answers: OpenedLink['answers'] = new Map();
    this.#links.set(number, { events, answers });
    this.#post(['open', number]);
    return {
      send: (name, body) => this.#post(['send', number, name, body]),
      ask: (name, body, answer) => {
        const question = ++this.#lastQuestion;
        answers.set(question, answer);
        this.#post(['ask', number, name, body, question]);
      },
      close: () => {
        if (this.#links.delete(number)) this.#post(['close', number]);
      },
    };
  };

  receive(message: ToCaller): void {
    const [kind, number] = message;
    const link = this.#links.get(number);
    if (link === undefined) return;
    switch (kind) {
      case 'heard':
        link.events[message[2]](message[3] as never);
        break;
      case 'answer': {
        const answer = link.answers.get(message[2]);
        link.answers.delete(message[2]);
        answer?.(message[3] as never);
        break;
      }
      case 'lost':
        this.#links.delete(number);
        link.events.lost(lossOf(message[2]));
        break;
    }
  }
}
