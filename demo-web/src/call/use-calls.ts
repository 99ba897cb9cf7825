import { useCallback, useState } from 'react';
import type { OnCall, ShownCall } from './call.ts';

/** Older ones leave the page; the tasks themselves go on. */
const LONGEST_LIST = 50;

export interface Calls {
  /** The newest first. */
  readonly calls: readonly ShownCall[];
  readonly add: OnCall;
  readonly clear: () => void;
}

export function useCalls(): Calls {
  const [calls, setCalls] = useState<readonly ShownCall[]>([]);
  const add = useCallback(
    (call: ShownCall) => setCalls((present) => [call, ...present].slice(0, LONGEST_LIST)),
    [],
  );
  const clear = useCallback(() => setCalls([]), []);
  return { calls, add, clear };
}
