import { CeleriacError, type WorkerFrame, type WorkerHello } from '@celeriac/protocol';
import { Introduction } from './hello-parts.ts';

/**
 * In which order a worker says who it is: hello; or a knock and, once that is answered, more of itself and then hello.
 * Each throws a CeleriacError with `BAD_FRAME` where it is said out of order.
 */
export class Greeting {
  /** Present from the answer to a knock until the hello. */
  #introduction: Introduction | undefined;
  #knocked = false;
  #greeted = false;

  /** Counts a frame that was read. */
  heard(text: string): void {
    this.#introduction?.heard(text);
  }

  knock(): void {
    if (this.#knocked || this.#greeted)
      throw new CeleriacError('BAD_FRAME', 'expected one knock, before hello');
    this.#knocked = true;
  }

  /** The knock is answered. */
  admit(): void {
    this.#introduction = new Introduction();
  }

  /** @throws RefusedError where it is more than is kept of one worker */
  introduce(frame: Extract<WorkerFrame, readonly ['definitions' | 'held', unknown]>): void {
    const introduction = this.#introduction;
    if (introduction === undefined || this.#greeted)
      throw new CeleriacError('BAD_FRAME', `expected ${frame[0]} after a knock and before hello`);
    if (frame[0] === 'definitions') introduction.add(frame[1], []);
    else introduction.add([], frame[1]);
  }

  /** @returns a hello with what was said before it @throws RefusedError as {@link introduce} */
  hello(said: WorkerHello): WorkerHello {
    if (this.#greeted) throw new CeleriacError('BAD_FRAME', 'expected one hello, got a second one');
    this.#greeted = true;
    const introduction = this.#introduction;
    this.#introduction = undefined;
    if (this.#knocked && introduction === undefined)
      throw new CeleriacError('BAD_FRAME', 'expected hello after the answer to the knock');
    return introduction?.whole(said) ?? said;
  }
}
