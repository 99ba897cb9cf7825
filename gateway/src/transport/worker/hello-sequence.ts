import { RefusedError } from '@celeriac/protocol';
import {
  DEFINITIONS,
  type Definition,
  FrameError,
  HELLO_LIMIT,
  type HeldAttempt,
  WORKER_CAPACITY,
  type WorkerFrame,
  type WorkerHello,
} from '@celeriac/protocol/internal';

/**
 * The order in which a worker introduces itself: hello; or knock and, once that is answered, parts of the hello and then hello.
 * Each method throws a FrameError if it is out of order.
 */
export class HelloSequence {
  /** Present from the answer to a knock until the hello. */
  #parts: HelloParts | undefined;
  #knocked = false;
  #greeted = false;

  /** Counts a frame that was read. */
  heard(text: string): void {
    this.#parts?.heard(text);
  }

  knock(): void {
    if (this.#knocked || this.#greeted) throw new FrameError('expected one knock, before hello');
    this.#knocked = true;
  }

  /** The knock is answered. */
  admit(): void {
    this.#parts = new HelloParts();
  }

  /** @throws RefusedError if it is more than is kept of one worker */
  part(frame: Extract<WorkerFrame, readonly ['definitions' | 'held', unknown]>): void {
    const parts = this.#parts;
    if (parts === undefined || this.#greeted)
      throw new FrameError(`expected ${frame[0]} after a knock and before hello`);
    if (frame[0] === 'definitions') parts.add(frame[1], []);
    else parts.add([], frame[1]);
  }

  /** @returns the hello with what was sent before it @throws RefusedError as {@link part} */
  hello(said: WorkerHello): WorkerHello {
    if (this.#greeted) throw new FrameError('expected one hello, got a second one');
    this.#greeted = true;
    const parts = this.#parts;
    this.#parts = undefined;
    if (this.#knocked && parts === undefined)
      throw new FrameError('expected hello after the answer to the knock');
    return parts?.whole(said) ?? said;
  }
}

/** The definitions and attempts that a worker sends between its knock and its hello, in several frames, within bounds. */
export class HelloParts {
  readonly #definitions: Definition[] = [];
  readonly #held: HeldAttempt[] = [];
  #length = 0;

  /** Counts a frame that was read. */
  heard(text: string): void {
    this.#length += text.length;
  }

  /** @throws RefusedError if a worker sends more than is kept of one */
  add(definitions: readonly Definition[], held: readonly HeldAttempt[]): void {
    for (const definition of definitions) this.#definitions.push(definition);
    for (const attempt of held) this.#held.push(attempt);
    if (this.#definitions.length > DEFINITIONS)
      throw new RefusedError('TOO_MANY_DEFINITIONS', `a worker may define at most ${DEFINITIONS} tasks`);
    if (this.#held.length <= 2 * WORKER_CAPACITY && this.#length <= HELLO_LIMIT) return;
    throw new RefusedError(
      'FRAME_TOO_LARGE',
      `expected at most ${2 * WORKER_CAPACITY} attempts, and ${HELLO_LIMIT} characters in all before the welcome`,
    );
  }

  /** The hello, together with what was sent before it. @throws RefusedError as {@link add} */
  whole(hello: WorkerHello): WorkerHello {
    this.add(hello.definitions, hello.held);
    return { ...hello, definitions: this.#definitions, held: this.#held };
  }
}
