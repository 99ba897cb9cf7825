import {
  agree,
  DEFINITIONS,
  type Definition,
  HELLO_LIMIT,
  type HeldAttempt,
  PROTOCOL,
  RefusedError,
  WORKER_CAPACITY,
  type WorkerHello,
  type WorkerKnock,
} from '@celeriac/protocol';

/** What a worker that has knocked says of itself before its hello, in as many frames as it takes, within bounds. */
export class Introduction {
  readonly #definitions: Definition[] = [];
  readonly #held: HeldAttempt[] = [];
  #length = 0;

  /** Counts a frame that was read. */
  heard(text: string): void {
    this.#length += text.length;
  }

  /** @throws RefusedError where a worker says more of itself than is kept of one */
  add(definitions: readonly Definition[], held: readonly HeldAttempt[]): void {
    for (const definition of definitions) this.#definitions.push(definition);
    for (const attempt of held) this.#held.push(attempt);
    if (this.#definitions.length > DEFINITIONS)
      throw new RefusedError('TOO_MANY_DEFINITIONS', `at most ${DEFINITIONS} definitions per worker`);
    if (this.#held.length <= 2 * WORKER_CAPACITY && this.#length <= HELLO_LIMIT) return;
    throw new RefusedError(
      'FRAME_TOO_LARGE',
      `expected at most ${2 * WORKER_CAPACITY} attempts, and ${HELLO_LIMIT} characters in all, before a welcome`,
    );
  }

  /** A hello with what was said before it. @throws RefusedError as {@link add} */
  whole(hello: WorkerHello): WorkerHello {
    this.add(hello.definitions, hello.held);
    return { ...hello, definitions: this.#definitions, held: this.#held };
  }
}

/** @throws CeleriacError where there is no version that both speak */
export function protocolWith({ protocol: { min, max } }: Pick<WorkerKnock, 'protocol'>): number {
  const protocol = agree(PROTOCOL, { min, max });
  if (protocol !== undefined) return protocol;
  throw new RefusedError(
    'UNSUPPORTED_PROTOCOL',
    `this gateway speaks protocol ${PROTOCOL.min} to ${PROTOCOL.max}, the worker ${min} to ${max}`,
  );
}
