import type { Lack, Waiting } from '@celeriac/client';

const WORDS: Readonly<Record<Waiting, string>> = {
  due: 'waits until it is due',
  worker: 'waits for a worker',
  turn: 'waits for its turn',
  rate: 'waits: rate limit',
  pause: 'waits: queue is paused',
};

/** What there is no worker with, where that is known. */
interface Lacking {
  readonly lacks: Lack | null;
  readonly queue: string | null;
}

/** Why a task that is not running waits. */
export function waitingText(waiting: Waiting | null, lacking?: Lacking): string {
  if (waiting === 'worker' && lacking?.lacks === 'queue')
    return `waits: no worker takes from queue ${lacking.queue}`;
  if (waiting === 'worker' && lacking?.lacks === 'task')
    return lacking.queue === null
      ? 'waits: no worker has this task'
      : `waits: no worker of queue ${lacking.queue} has this task`;
  return waiting === null ? 'waits' : WORDS[waiting];
}
