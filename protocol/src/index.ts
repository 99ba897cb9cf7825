export * from './call-difference.ts';
export * from './definition.ts';
export * from './duration.ts';
export * from './errors.ts';
export * from './failure.ts';
export * from './frames/assignment.ts';
export * from './frames/bytes.ts';
export * from './frames/control.ts';
export * from './frames/encode-frames.ts';
export * from './frames/feeds.ts';
export { type BodyOf, type Frame, type FrameScope, type Heard, namesOf } from './frames/frame.ts';
export * from './frames/guard.ts';
export * from './frames/outcome.ts';
export * from './frames/receipt.ts';
export { type Answer, type Refusal, readRefusal } from './frames/refusal.ts';
export * from './frames/rows.ts';
export * from './frames/session.ts';
export { type FrameReader, readShape } from './frames/shape.ts';
export * from './frames/stream.ts';
export * from './frames/submit.ts';
export * from './frames/table.ts';
export * from './frames/to-client.ts';
export * from './frames/watch.ts';
export type { TokenRefreshed } from './frames/words.ts';
export * from './frames/worker-session.ts';
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
