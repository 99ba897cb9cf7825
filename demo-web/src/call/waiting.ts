import type { AsyncResult, Lack, ResultView, Waiting } from '@celeriac/client';
import { useEffect } from 'react';

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

/** Most tasks do not wait so long. */
const PATIENCE_MS = 300;

/** Neither a receipt nor a transition tells why a task waits: asked once, of those that still do after a moment. */
export function useWaitingReason(result: AsyncResult, view: ResultView): void {
  const untold = view.known && view.state === 'PENDING' && view.waiting === null && view.trouble === null;
  useEffect(() => {
    if (!untold) return;
    const timer = setTimeout(() => {
      // Whatever is wrong with the line is told by the badge.
      result.refresh().catch(() => {});
    }, PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [result, untold]);
}
