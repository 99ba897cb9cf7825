/** Reading streams, in a page: its code comes with the first stream. */
import type { followStream as FollowStream } from './follow-stream.ts';

export const followStream: typeof FollowStream = async function* (...given) {
  const { followStream: follow } = await import('../rest.ts');
  yield* follow(...given);
};
