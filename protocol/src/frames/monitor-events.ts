/**
 * Celery's, except the last three, which Celery has no name for: a run that came to nothing, an end by `Ignore`, and a link that was
 * not made because its id is taken.
 */
export const MONITOR_EVENTS = [
  'task-sent',
  'task-received',
  'task-started',
  'task-succeeded',
  'task-failed',
  'task-retried',
  'task-revoked',
  'task-rejected',
  'worker-online',
  'worker-heartbeat',
  'worker-offline',
  'task-released',
  'task-ignored',
  'task-link-taken',
] as const;
/** Celery's names for what happens to tasks and workers. */
export type MonitorEventType = (typeof MONITOR_EVENTS)[number];
