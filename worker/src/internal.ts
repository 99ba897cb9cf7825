/** Entry point for our own packages: what the command asks before it starts a worker. */
export { POOLS } from './pool/pool-options.ts';
export { loadTasks, TaskFileError } from './registry/load-tasks.ts';
export { findApps, queuesOf } from './registry/registry.ts';
