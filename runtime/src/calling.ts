/** What an ordinary call needs of all this, and nothing else: a page loads what stands here. */
export { abortable, readSignalOf, readWaitOptions, type SignalOptions, signalOption } from './abort.ts';
export { type Clock, systemClock, type Timer } from './clock.ts';
export { ASYNC_DISPOSE, DISPOSE } from './disposal.ts';
export { Listeners } from './listeners.ts';
export { deadline, Patience } from './patience.ts';
export { Renewal } from './renewal.ts';
export { StateBox } from './state-box.ts';
export { cutBatch } from './turn-batch.ts';
