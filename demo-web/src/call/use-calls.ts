import { useCallback, useState } from 'react';
import type { Call, OnCall } from './call.ts';

/** Older ones leave the page; the tasks themselves go on. */
const LONGEST_LIST = 50;

export interface Calls {
  /** The newest first. */
  readonly calls: readonly Call[];
  readonly add: OnCall;
  readonly clear: () => void;
}

export function useCalls(): Calls {
  const [calls, setCalls] = useState<readonly Call[]>([]);
  const add = useCallback(
    (call: Call) => setCalls((present) => [call, ...present].slice(0, LONGEST_LIST)),
    [],
  );
  const clear = useCallback(() => setCalls([]), []);
  return { calls, add, clear };
}
