/** The door for proofs: a client's connection and its records without an app. It opens only to sources of this workspace. */
export { Connection } from './connection/connection.ts';
export type { Link, LinkEvents, OpenLink } from './connection/link.ts';
export { openSocketLink } from './connection/socket-link.ts';
export { historyLines } from './record/facts.ts';
export { TaskRecord } from './record/task-record.ts';
