/** What an ordinary call needs of all this, and nothing else: a page loads what stands here. */
export { abortable, readSignalOf, readWaitOptions, signalOption } from './abort.ts';
export { systemClock } from './clock.ts';
export { ASYNC_DISPOSE, DISPOSE } from './disposal.ts';
export { Listeners } from './listeners.ts';
export { deadline, Patience } from './patience.ts';
export { Renewal } from './renewal.ts';
export { StateBox } from './state-box.ts';
export { cutBatch } from './turn-batch.ts';
