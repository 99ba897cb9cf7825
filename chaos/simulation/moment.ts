/** One of the two moments of a write; nobody need wait for it. */
export class CommitMoment<Verdict> {
  readonly promise: Promise<Verdict>;
  resolve: (verdict: Promise<Verdict>) => void = () => {};
  reject: (error: Error) => void = () => {};

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => {});
  }
}
