import { describe, expect, test } from 'vitest';
import { type ChunkSink, isGenerator, pourGenerator } from './generator.ts';

/** Takes what it is given; has room for `room` chunks, and then waits for `open`. */
class Sink implements ChunkSink {
  readonly chunks: unknown[] = [];
  isOver = false;
  open: () => void = () => {};
  readonly #room: number;

  constructor(room = Number.POSITIVE_INFINITY) {
    this.#room = room;
  }

  get hasRoom(): boolean {
    return this.chunks.length < this.#room;
  }

  emit(chunk: unknown): Promise<void> {
    if (this.isOver) throw new Error('over');
    if (chunk === 'bad') throw new TypeError('it cannot be written');
    this.chunks.push(chunk);
    return new Promise((resolve) => {
      this.open = resolve;
    });
  }
}

test.each([
  ['a generator', (function* () {})(), true],
  ['an async generator', (async function* () {})(), true],
  ['one that a compiler has made', { next() {}, throw() {}, return() {}, [Symbol.iterator]() {} }, true],
  ['an array', [1, 2], false],
  ['an iterator without an end of its own', [1][Symbol.iterator](), false],
  ['null', null, false],
  ['text', 'abc', false],
])('%s counts as a generator or not', (_, value, expected) => {
  expect(isGenerator(value)).toBe(expected);
});

describe('what is poured', () => {
  test('is what it yields, in order; the result is what it returns', async () => {
    const sink = new Sink();
    const poured = pourGenerator(
      (async function* () {
        yield 1;
        yield 2;
        return 'done';
      })(),
      sink,
    );
    expect(await poured).toBe('done');
    expect(sink.chunks).toEqual([1, 2]);
  });

  test('waits where there is no room', async () => {
    const sink = new Sink(1);
    const poured = pourGenerator(
      (function* () {
        yield 1;
        yield 2;
      })(),
      sink,
    );
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    expect(sink.chunks).toEqual([1]);
    sink.open();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    expect(sink.chunks).toEqual([1, 2]);
    sink.open();
    await poured;
  });
});

describe('a chunk that cannot be given', () => {
  test('is an error at its yield, which the generator may take', async () => {
    const sink = new Sink();
    const poured = pourGenerator(
      (function* () {
        try {
          yield 'bad';
        } catch (error) {
          yield error instanceof TypeError;
        }
        return 'recovered';
      })(),
      sink,
    );
    expect(await poured).toBe('recovered');
    expect(sink.chunks).toEqual([true]);
  });

  test('fails a generator that does not take it', async () => {
    const poured = pourGenerator(
      (function* () {
        yield 'bad';
      })(),
      new Sink(),
    );
    await expect(poured).rejects.toThrow(TypeError);
  });

  test('because the task is over ends the generator, which may tidy up and no more', async () => {
    const sink = new Sink();
    const after: string[] = [];
    const poured = pourGenerator(
      (function* () {
        try {
          yield 1;
          sink.isOver = true;
          yield 2;
          after.push('went on');
        } finally {
          after.push('tidied up');
        }
      })(),
      sink,
    );
    await expect(poured).rejects.toThrow('over');
    expect(after).toEqual(['tidied up']);
  });
});
