/**
 * What the storage thread runs, as one text: for bundles, which have no file beside them. The build writes it
 * (tools/embed-thread.ts); sources have their files.
 */
export const THREAD_SOURCE: string = '';
