import type { TaskLimits } from '@celeriac/client';

/** `rate 10/s, 4 at a time, 1 for each key`. */
export function limitsText({ rateLimit, concurrencyLimit: { task, key } }: TaskLimits): string {
  const limits = [
    ...(rateLimit === null ? [] : [`rate ${rateLimit}`]),
    ...(task === null ? [] : [`${task} at a time`]),
    ...(key === null ? [] : [`${key} at a time for each key`]),
  ];
  return limits.length === 0 ? 'no limits' : limits.join(', ');
}
