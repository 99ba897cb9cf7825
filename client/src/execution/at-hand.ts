/** What runs tasks in this process, where it is part of the program. In a page `on-demand.ts` stands in its place. */
export { callHere } from './direct-call.ts';
export { runHere } from './local-run.ts';

/** A task may be run here soon. */
export function expectRuns(): void {}
