import type { OneWayFrame } from '@celeriac/protocol/internal';
import type { Transport } from './transport.ts';

/** A frame of one item, and what that is about: an id, a task's name, or the number of a reader. */
export interface Suspect {
  readonly name: OneWayFrame;
  readonly about: unknown;
}

interface Waiting {
  readonly suspect: Suspect | undefined;
  readonly send: () => void;
}

/** Fewer go by themselves at once. */
const FEW = 16;

/**
 * Sends what it is given first in groups, each with a question behind it that asks for nothing: frames are read in order, so
 * that its answer says that the group was sound. A question is answered anyway.
 */
export class ProbingTransport implements Transport {
  readonly #transport: Transport;
  readonly #suspected: (suspect: Suspect) => boolean;
  readonly #singly: boolean;
  readonly #sound: () => void;
  readonly #waiting: Waiting[] = [];
  #next = 0;
  #group = 1;
  #phase: 'collecting' | 'probing' | 'trusting' = 'collecting';
  #onProbation: readonly Suspect[] = [];

  /**
   * @param singly each suspect goes by itself
   * @param sound all that was suspected has been read
   */
  constructor(
    transport: Transport,
    suspected: (suspect: Suspect) => boolean,
    singly: boolean,
    sound: () => void,
  ) {
    this.#transport = transport;
    this.#suspected = suspected;
    this.#singly = singly;
    this.#sound = sound;
  }

  /** Whether it still takes what is on probation: frames of one item. */
  get collecting(): boolean {
    return this.#phase === 'collecting';
  }

  /** Sent, and not known to be sound. */
  get onProbation(): readonly Suspect[] {
    return this.#onProbation;
  }

  of(transport: Transport): boolean {
    return this.#transport === transport;
  }

  /** What has been given is all that is suspected; what comes now waits behind it. */
  begin(): void {
    if (this.#phase !== 'collecting') return;
    this.#phase = 'probing';
    const suspects = this.#waiting.filter(({ suspect }) => suspect !== undefined).length;
    this.#group = this.#singly || suspects <= FEW ? 1 : Math.ceil(Math.sqrt(suspects));
    this.#goOn();
  }

  readonly send: Transport['send'] = (name, body) => {
    const suspect = { name, about: aboutOf(body) };
    const suspected = this.collecting && this.#suspected(suspect);
    this.#add(() => this.#transport.send(name, body), suspected ? suspect : undefined);
  };

  readonly ask: Transport['ask'] = (name, body, answer) =>
    this.#add(() => this.#transport.ask(name, body, answer));

  close(): void {
    this.#transport.close();
  }

  #add(send: () => void, suspect?: Suspect): void {
    if (this.#phase === 'trusting') send();
    else this.#waiting.push({ suspect, send });
  }

  #goOn(): void {
    const group: Suspect[] = [];
    while (group.length < this.#group) {
      const waiting = this.#waiting[this.#next];
      if (waiting === undefined) break;
      this.#next += 1;
      if (waiting.suspect !== undefined) group.push(waiting.suspect);
      waiting.send();
    }
    this.#onProbation = group;
    if (group.length > 0) this.#transport.ask('get', [], () => this.#goOn());
    else {
      this.#waiting.length = 0;
      this.#phase = 'trusting';
      this.#sound();
    }
  }
}

/** Every item begins with what it is about. */
function aboutOf(body: unknown): unknown {
  const items: unknown = isWatch(body) ? body.tasks : body;
  const [item]: readonly unknown[] = Array.isArray(items) ? items : [];
  return Array.isArray(item) ? item[0] : item;
}

function isWatch(body: unknown): body is { readonly tasks: unknown } {
  return typeof body === 'object' && body !== null && 'tasks' in body;
}
