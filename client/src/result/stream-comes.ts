/** Reading streams, in a page: its code comes with the first stream. */
import type { followStream as FollowStream } from './follow-stream.ts';
import { LateBackend } from './late-backend.ts';

export const followStream: typeof FollowStream = async function* (record, context, options) {
  const { followStream: follow } = await import('../rest.ts');
  // What runs here is read from what runs it.
  if (context.backend instanceof LateBackend) await context.backend.ready();
  yield* follow(record, context, options);
};
