export * from './alarm.ts';
export * from './bounded-feed.ts';
export * from './clock.ts';
export * from './manual-clock.ts';
export * from './service.ts';
export * from './state-box.ts';
export * from './ticker.ts';
export * from './turn-batch.ts';
