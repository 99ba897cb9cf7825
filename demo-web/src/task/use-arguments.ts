import type { AsyncResult } from '@celeriac/client';
import { useEffect, useState } from 'react';

/** What the task was called with; `undefined` until the gateway has told it, and where it is not kept. */
export function useArguments(result: AsyncResult): readonly unknown[] | undefined {
  const [args, setArgs] = useState(result.args);
  useEffect(() => {
    let gone = false;
    const ask = async (): Promise<void> => {
      await result.refresh();
      if (!gone) setArgs(result.args);
    };
    // Whatever is wrong with the task or the line is told where those are shown.
    ask().catch(() => {});
    return () => {
      gone = true;
    };
  }, [result]);
  return args;
}
