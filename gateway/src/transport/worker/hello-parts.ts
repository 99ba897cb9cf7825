import { PROTOCOL, RefusedError } from '@celeriac/protocol';
import {
  agree,
  DEFINITIONS,
  type Definition,
  HELLO_LIMIT,
  type HeldAttempt,
  WORKER_CAPACITY,
  type WorkerHello,
  type WorkerKnock,
} from '@celeriac/protocol/internal';

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

/** @throws CeleriacError if there is no common version */
export function protocolWith({ protocol: { min, max } }: Pick<WorkerKnock, 'protocol'>): number {
  const protocol = agree(PROTOCOL, { min, max });
  if (protocol !== undefined) return protocol;
  throw new RefusedError(
    'UNSUPPORTED_PROTOCOL',
    `this gateway speaks protocol ${PROTOCOL.min} to ${PROTOCOL.max}, the worker ${min} to ${max}`,
  );
}
