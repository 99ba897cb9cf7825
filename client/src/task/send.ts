import type { AsyncResult } from '../result/async-result.ts';
import type { ApplyOptions } from './apply-options.ts';

/** Sends a call of the task with that name. */
export type Send = (name: string, args: readonly unknown[], options?: ApplyOptions) => AsyncResult<unknown>;
