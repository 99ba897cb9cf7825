import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Gateway } from '@celeriac/gateway';

/** How long nothing must have happened: by then everything that wanted the processor has had it. */
const QUIET_MS = 2_000;
const LOOK_MS = 1_000;

type CollectGarbage = (options: {
  type: 'major';
  execution: 'async';
  flavor: 'last-resort';
}) => Promise<void>;

/**
 * Gives memory back after a burst. V8 collects only when something is allocated, so a gateway that has taken a hundred
 * thousand tasks and then rests would hold on to their garbage. For a process that is all gateway: it collects everything.
 */
export function releaseIdleMemory({ telemetry }: Gateway): void {
  // A start leaves a tenth of the memory as garbage.
  let busyAt: number | undefined = performance.now();
  const note = (): void => {
    busyAt = performance.now();
  };
  telemetry.on('accepted', note);
  telemetry.on('settled', note);
  const collect = garbageCollector();
  setInterval(() => {
    if (busyAt === undefined || performance.now() - busyAt < QUIET_MS) return;
    busyAt = undefined;
    void collect({ type: 'major', execution: 'async', flavor: 'last-resort' });
  }, LOOK_MS).unref();
}

/** What `node --expose-gc` would give, for a process that was started without it. */
function garbageCollector(): CollectGarbage {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as CollectGarbage;
}
