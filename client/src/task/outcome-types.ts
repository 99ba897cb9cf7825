/** What a task's function gives, by its type: a generator its chunks and then its result, any other just that. */

/** What `get()` resolves to. */
export type ResultOf<Returns> =
  Awaited<Returns> extends
    | AsyncGenerator<infer _Chunk, infer Result, infer _Next>
    | Generator<infer _Chunk, infer Result, infer _Next>
    ? Awaited<Result>
    : Awaited<Returns>;

/** What `stream()` gives: what a generator yields; else what `self` declares, `unknown` where it does not. */
export type ChunkOf<Returns, Declared = unknown> =
  Awaited<Returns> extends
    | AsyncGenerator<infer Chunk, infer _Result, infer _Next>
    | Generator<infer Chunk, infer _Result, infer _Next>
    ? Awaited<Chunk>
    : Declared;
