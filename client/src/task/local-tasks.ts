/** Tasks that are defined here, and calls of them that run here: what an app needs of them. */
import type { LocalPlace } from '../execution/local-call.ts';
import type { Reading } from '../record/outcome.ts';
import type { AsyncResult } from '../result/async-result.ts';
import type { TaskBackend } from '../result/result-context.ts';
import type { ApplyOptions } from './apply-options.ts';
import type { KnownTasks } from './known-tasks.ts';
import type { CallMaker } from './made-call.ts';
import type { Send } from './signature.ts';

export interface LocalHome {
  readonly known: KnownTasks;
  readonly maker: CallMaker;
  readonly place: LocalPlace;
  /** What the handles' bodies are read with. */
  readonly reading: Reading;
  /** Knows all tasks that do not run here. */
  readonly elsewhere: TaskBackend;
  /** All calls run here. */
  readonly eager: boolean;
  /** How every task of the app is called. */
  readonly send: Send;
}

export interface LocalTasks {
  /** Whom the handles of an app that is always eager ask. */
  readonly backend: TaskBackend;
  /** `task.apply()`, and each call of an app that is always eager. @throws as `task.applyAsync` */
  readonly apply: <Result, Chunk>(
    name: string,
    args: readonly unknown[],
    options?: ApplyOptions,
    verb?: string,
  ) => AsyncResult<Result, Chunk>;
  /** Nothing waits for its turn here. */
  afterTurn(act: () => Promise<void>): Promise<void>;
  /**
   * @param definedAt the stack of the place where it is defined
   * @throws UsageError, OptionError
   */
  define<Made>(name: unknown, options: unknown, run: unknown, definedAt: string): Made;
}
