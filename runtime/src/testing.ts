/** The door for tests. It opens only to sources of this workspace. */
export { ManualClock } from './manual-clock.ts';
