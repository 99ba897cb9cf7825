/** Entry point for tests. Only sources of this workspace can import it. */
export { ManualClock } from './manual-clock.ts';
