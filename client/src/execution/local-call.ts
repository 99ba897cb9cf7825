/** A call that is to run in this process, and what it finds there. */

import type { CallOptions, WirePayload, WireTaskOptions } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import type { HostedTask } from '../hosting.ts';
import type { CallLineage } from '../inside.ts';
import type { Hold } from '../record/changes.ts';

/** The worker's name, as tasks see it where they run locally. */
export const LOCAL_WORKER = 'local';

/** What an app gives for calls that run here. */
export interface LocalPlace {
  readonly clock: Clock;
  /** In [0, 1), for the jitter of retries. */
  readonly random: () => number;
  readonly hold: Hold;
  readonly tasks: ReadonlyMap<string, HostedTask>;
  /** What the app says of all of them. */
  readonly app: WireTaskOptions;
  readonly newId: () => string;
  /** An empty payload, as what a task gives is written that is called directly. */
  readonly likeOf: (task: HostedTask) => WirePayload;
  /** In UTF-16 units. */
  readonly payloadLimit: () => number;
}

export interface LocalCall {
  readonly args: WirePayload;
  readonly options: CallOptions | null;
  /** What a route says of this very call. */
  readonly route?: WireTaskOptions | undefined;
  /** Results of other tasks, which stand before the arguments. */
  readonly prepend?: readonly WirePayload[] | undefined;
  readonly lineage?: CallLineage | undefined;
}
