import { type Lane, laneKey, laneOf } from '../core/lane.ts';
import type { LaneCount } from './engine.ts';

/** How many of these tasks are of each lane. */
export function countLanes(tasks: readonly Parameters<typeof laneOf>[0][]): readonly LaneCount[] {
  const counts = new Map<string, { lane: Lane; count: number }>();
  for (const task of tasks) {
    const lane = laneOf(task);
    const key = laneKey(lane);
    const counted = counts.get(key);
    if (counted === undefined) counts.set(key, { lane, count: 1 });
    else counted.count += 1;
  }
  return [...counts.values()];
}
