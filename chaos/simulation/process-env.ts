import type { HistoryRecorder } from '../history/history-recorder.ts';
import type { Chance } from './chance.ts';
import type { Network } from './network.ts';
import type { ProcessClock } from './process-clock.ts';
import type { NetworkRoute } from './route.ts';

/** What a process that dials the gateway is given. */
export interface ProcessEnv {
  readonly clock: ProcessClock;
  readonly recorder: HistoryRecorder;
  readonly chance: Chance;
  readonly network: Network;
  /** Its own way to the gateway. */
  readonly route: NetworkRoute;
}
