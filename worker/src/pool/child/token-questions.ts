/** A token may be a function, which stays in the worker: a child asks for each token that it needs. */
interface Waiting {
  resolve(token: string | null): void;
  reject(error: Error): void;
}

export class TokenQuestions {
  readonly #post: (question: number) => void;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(post: (question: number) => void) {
    this.#post = post;
  }

  /** The connection asks again only when it has an answer, so few ever wait. */
  ask(): Promise<string | null> {
    const question = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(question, { resolve, reject });
      this.#post(question);
    });
  }

  answered(question: number, token: string | null, problem: string | null): void {
    const waiting = this.#waiting.get(question);
    this.#waiting.delete(question);
    if (problem === null) waiting?.resolve(token);
    else waiting?.reject(new Error(problem));
  }
}
