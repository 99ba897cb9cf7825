/**
 * All that an ordinary call does without, in one piece: a page loads it with the first use of any of it. Of each piece that comes
 * later, and of each set of pieces that share something, a bundler makes a file of its own, and many small files weigh more.
 *
 * All of the first load is named here too, so that it is one file and not one for each part of it that this needs.
 */
export { Celeriac } from './celeriac.ts';
export { controlOf } from './control.ts';
export { storesOf } from './monitor/stores.ts';
export { followStream } from './result/follow-stream.ts';
export { localTasksOf } from './task/local-calls.ts';
export { devalueCoder } from './values/devalue.ts';
