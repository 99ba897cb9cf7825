/** The door for our own packages: what the command asks before it starts a worker. */
export { POOLS } from './pool/pool-options.ts';
export { findApps } from './registry/find-apps.ts';
export { loadTasks, TaskFileError } from './registry/load-tasks.ts';
export { queuesOf } from './registry/queues-of.ts';
