import type { Recorder } from '../history/recorder.ts';
import type { Chance } from './chance.ts';
import type { Harbour } from './harbour.ts';
import type { ProcessClock } from './process-clock.ts';
import type { Route } from './route.ts';

/** What a process that dials the gateway is given. */
export interface Berth {
  readonly clock: ProcessClock;
  readonly recorder: Recorder;
  readonly chance: Chance;
  readonly harbour: Harbour;
  /** Its own way to the gateway. */
  readonly route: Route;
}
