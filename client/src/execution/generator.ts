/** A task that is a generator: what it yields are its chunks, what it returns is its result. */

export type TaskGenerator =
  | AsyncGenerator<unknown, unknown, undefined>
  | Generator<unknown, unknown, undefined>;

/**
 * Where its chunks go.
 * @internal
 */
export interface ChunkSink {
  readonly hasRoom: boolean;
  /** How the task ends is already decided: no more chunks are wanted. */
  readonly isOver: boolean;
  /** Resolves when there is room for more. */
  emit(chunk: unknown): Promise<void>;
}

/**
 * By its shape: one that a compiler has made for an older target counts as well.
 * @internal
 */
export function isGenerator(value: unknown): value is TaskGenerator {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Symbol.asyncIterator in value || Symbol.iterator in value) &&
    isFunction(value, 'next') &&
    isFunction(value, 'throw') &&
    isFunction(value, 'return')
  );
}

/**
 * Takes one chunk after the other, each when there is room for it, and gives the result. What goes wrong with a chunk is
 * thrown into the generator at its `yield`; where the task is over already, the generator is ended there and may only clean up.
 * @internal
 */
export async function pourGenerator(generator: TaskGenerator, sink: ChunkSink): Promise<unknown> {
  let step = await generator.next();
  while (!step.done) {
    try {
      const room = sink.emit(step.value);
      if (!sink.hasRoom) await room;
    } catch (error) {
      if (sink.isOver) {
        await generator.return(undefined);
        throw error;
      }
      step = await generator.throw(error);
      continue;
    }
    step = await generator.next();
  }
  return step.value;
}

function isFunction(value: object, name: string): boolean {
  return typeof Reflect.get(value, name) === 'function';
}
