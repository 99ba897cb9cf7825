import { UsageError } from '@celeriac/protocol';

/** Thrown, in a page, where a call needs code that is still being loaded: it is made when that has come. */
export class CodeComes extends Error {
  readonly coming: Promise<unknown>;

  constructor(coming: Promise<unknown>) {
    super('some code is still being loaded');
    this.coming = coming;
  }

  /** It did not come. */
  failure(task: string): UsageError {
    return new UsageError(`the code that calls of ${task} need could not be loaded in this page`);
  }
}
