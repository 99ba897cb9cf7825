/** Questions with an answer (`get`, `revoke`, `forget`, `control`): kept until answered, asked again in the next session. */

import { RefusedError } from '@celeriac/protocol';
import { FRAME_ITEMS, jsonBytes } from '@celeriac/protocol/calling';
import type { Answer } from '@celeriac/protocol/internal';
import { cutBatch } from '@celeriac/runtime/calling';
import type { Hold } from '../record/changes.ts';
import { type FrameSizes, USUAL_FRAME_SIZES } from './frames.ts';

interface Question<Item, Value> {
  readonly item: Item;
  readonly about: string | null;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
  /** Nothing stays on its signal. */
  readonly over: () => void;
}

export type Ask<Item, Value> = (
  items: readonly Item[],
  answer: (answer: Answer<readonly (Value | null)[]>) => void,
) => void;

export class Requests<Item, Value> {
  readonly #open = new Set<Question<Item, Value>>();
  /** Were refused with others: each goes by itself, so that no other is refused with it. */
  readonly #alone = new WeakSet<Question<Item, Value>>();
  #unsent: Question<Item, Value>[] = [];
  readonly #hold: Hold;
  readonly #ready: () => void;

  /** @param ready something is to be sent */
  constructor(hold: Hold, ready: () => void) {
    this.#hold = hold;
    this.#ready = ready;
  }

  /**
   * Waits for the next {@link send}. Rejects with a RefusedError, or with what {@link fail} is given.
   * @param about the task that the question is about, `null` for none
   * @param signal takes the question back, where it has not left yet; its reason is what the promise rejects with then
   */
  add(item: Item, about: string | null, signal?: AbortSignal): Promise<Value> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#close(question);
        reject(signal?.reason);
      };
      const over = (): void => signal?.removeEventListener('abort', abort);
      const question = { item, about, resolve, reject, over };
      signal?.addEventListener('abort', abort);
      if (this.#open.size === 0) this.#hold.acquire();
      this.#open.add(question);
      this.#unsent.push(question);
      this.#ready();
    });
  }

  /** A new session: every open question is asked again; both kinds may be asked twice. */
  resend(): void {
    this.#unsent = [...this.#open];
  }

  /** @param most how many items in one frame, which are refused together */
  send(ask: Ask<Item, Value>, { bytes }: FrameSizes = USUAL_FRAME_SIZES, most: number = FRAME_ITEMS): void {
    if (this.#unsent.length === 0) return;
    const batches = cutBatch(
      this.#unsent.filter((question) => this.#open.has(question)),
      (question) => (this.#alone.has(question) ? bytes : jsonBytes(question.item)),
      most,
      bytes,
    );
    this.#unsent = [];
    for (const batch of batches) {
      ask(
        batch.map(({ item }) => item),
        (answer) => this.#answer(batch, answer),
      );
    }
  }

  /** Gives up every open question. @param describe what is told, by the task that it is about */
  fail(describe: (about: string | null) => Error): void {
    const questions = [...this.#open];
    this.#unsent = [];
    for (const question of questions) {
      this.#close(question);
      question.reject(describe(question.about));
    }
  }

  #answer(asked: readonly Question<Item, Value>[], answer: Answer<readonly (Value | null)[]>): void {
    if ('refused' in answer && answer.refused.retryAfterMs === null && asked.length > 1) {
      for (const question of asked) this.#alone.add(question);
      this.#askAgain(asked);
      return;
    }
    const batch = this.#answered(asked, answer);
    for (const [position, question] of batch.entries()) {
      // Answered already by the session before.
      if (!this.#open.has(question)) continue;
      this.#close(question);
      if ('refused' in answer) {
        question.reject(RefusedError.of(answer.refused));
        continue;
      }
      const value = answer.ok[position];
      if (value === undefined)
        question.reject(new RefusedError('BAD_FRAME', 'the gateway did not answer a request'));
      else if (value === null)
        question.reject(
          new RefusedError('FORBIDDEN', 'this token does not allow this request for this task'),
        );
      else question.resolve(value);
    }
  }

  /** An answer may stop where it grew too long; the rest is asked again. One that answers nothing is no answer. */
  #answered(
    asked: readonly Question<Item, Value>[],
    answer: Answer<readonly (Value | null)[]>,
  ): readonly Question<Item, Value>[] {
    const count = 'ok' in answer ? answer.ok.length : asked.length;
    if (count === 0 || count >= asked.length) return asked;
    this.#askAgain(asked.slice(count));
    return asked.slice(0, count);
  }

  #askAgain(asked: readonly Question<Item, Value>[]): void {
    this.#unsent = [...asked.filter((question) => this.#open.has(question)), ...this.#unsent];
    this.#ready();
  }

  #close(question: Question<Item, Value>): void {
    this.#open.delete(question);
    question.over();
    if (this.#open.size === 0) this.#hold.release();
  }
}
