import { CeleriacError } from '@celeriac/protocol';
import type { WorkerFrame, WorkerHello } from '@celeriac/protocol/internal';
import { HelloParts } from './hello-parts.ts';

/**
 * The order in which a worker introduces itself: hello; or knock and, once that is answered, parts of the hello and then hello.
 * Each method throws a CeleriacError with `BAD_FRAME` if it is out of order.
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
    if (this.#knocked || this.#greeted)
      throw new CeleriacError('BAD_FRAME', 'expected one knock, before hello');
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
      throw new CeleriacError('BAD_FRAME', `expected ${frame[0]} after a knock and before hello`);
    if (frame[0] === 'definitions') parts.add(frame[1], []);
    else parts.add([], frame[1]);
  }

  /** @returns the hello with what was sent before it @throws RefusedError as {@link part} */
  hello(said: WorkerHello): WorkerHello {
    if (this.#greeted) throw new CeleriacError('BAD_FRAME', 'expected one hello, got a second one');
    this.#greeted = true;
    const parts = this.#parts;
    this.#parts = undefined;
    if (this.#knocked && parts === undefined)
      throw new CeleriacError('BAD_FRAME', 'expected hello after the answer to the knock');
    return parts?.whole(said) ?? said;
  }
}
