import type { Waiting } from '@celeriac/client';

const WORDS: Readonly<Record<Waiting, string>> = {
  due: 'waits until it is due',
  worker: 'waits for a worker',
  turn: 'waits for its turn',
  rate: 'waits: rate limit',
  pause: 'waits: queue is paused',
};

/** Why a task that is not running waits. */
export function waitingText(waiting: Waiting | null): string {
  return waiting === null ? 'waits' : WORDS[waiting];
}
