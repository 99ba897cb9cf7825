/** What calls of a task give, by the type of its function: a generator its chunks and then its result, any other just that. */
import type { AsyncResult } from '../result/async-result.ts';
import type { ApplyOptions } from './apply-options.ts';

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

/** Sends a call of the task with that name. */
export type Send = (name: string, args: readonly unknown[], options?: ApplyOptions) => AsyncResult<unknown>;
