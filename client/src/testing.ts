/** The door for proofs: a client's connection and its records without an app. It opens only to sources of this workspace. */
export { Connection } from './connection/connection.ts';
export { openSocketTransport } from './connection/socket-transport.ts';
export type { OpenTransport, Transport, TransportEvents } from './connection/transport.ts';
export { historyLines } from './record/facts.ts';
export { TaskRecord } from './record/task-record.ts';
