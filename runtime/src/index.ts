/** Entry point for our own packages; it is made for them alone. */
export { abortable, readSignalOf, readWaitOptions, type SignalOptions, signalOption } from './abort.ts';
export { Alarm } from './alarm.ts';
export { BoundedFeed } from './bounded-feed.ts';
export { ChunkRing } from './chunk-ring.ts';
export { type Clock, systemClock, type Timer, timersLetGo } from './clock.ts';
export { ASYNC_DISPOSE, DISPOSE } from './disposal.ts';
export { entryFile } from './entry-file.ts';
export { Fifo } from './fifo.ts';
export { childFlags, ownThreadFlags, taskThreadFlags } from './inherited-flags.ts';
export { Listeners } from './listeners.ts';
export type { MachinePlace } from './machine.ts';
export { afterReading, deadline, Patience } from './patience.ts';
export { assertOutsidePool, becomePoolChild, isPoolRefusal } from './pool-child.ts';
export { Renewal } from './renewal.ts';
export { type Service, startAll, stopAll } from './service.ts';
export { StateBox } from './state-box.ts';
export { Ticker } from './ticker.ts';
export { chunksOf, cutBatch, TurnBatch } from './turn-batch.ts';
