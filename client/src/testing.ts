/** Entry point for simulations and tests: a client's connection and its records without an app. Only sources of this workspace can import it. */
export { Connection } from './connection/connection.ts';
export { openSocketTransport } from './connection/socket-transport.ts';
export type { OpenTransport, Transport, TransportEvents } from './connection/transport.ts';
export { historyLines } from './record/facts.ts';
export { TaskRecord } from './record/task-record.ts';
