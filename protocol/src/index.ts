export * from './call-difference.ts';
export * from './definition.ts';
export * from './duration.ts';
export * from './errors.ts';
export * from './failure.ts';
export * from './limits.ts';
export { nearestName } from './options/nearest-name.ts';
export {
  checkNames,
  type OptionReader,
  type OptionsRead,
  type OptionTable,
  readOptions,
  withoutUndefined,
} from './options/option-table.ts';
export * as option from './options/readers.ts';
export * from './payload.ts';
export * from './rate.ts';
export * from './state.ts';
export { fieldOf, isError, textOf } from './thrown.ts';
export * from './values/check-value.ts';
export * from './values/forbidden.ts';
export * from './values/json.ts';
export * from './values/place.ts';
export * from './version.ts';
export * from './wire/bytes.ts';
export * from './wire/client-link.ts';
export * from './wire/control.ts';
export * from './wire/encode-frames.ts';
export * from './wire/guard.ts';
export * from './wire/monitor.ts';
export * from './wire/read-client.ts';
export * from './wire/read-monitor.ts';
export { FEED_ROWS_OF } from './wire/read-rows.ts';
export * from './wire/read-to-client.ts';
export * from './wire/read-to-worker.ts';
export * from './wire/read-worker.ts';
export * from './wire/refusal.ts';
export { type Reader, read } from './wire/shape.ts';
export * from './wire/worker-link.ts';
