import type { AsyncResult, ResultView } from '@celeriac/client';
import { useEffect } from 'react';

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
