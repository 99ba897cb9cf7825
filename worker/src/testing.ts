/** Entry point for simulations and tests: a worker without sockets and user code. Only sources of this workspace can import it. */

export { FixedPrefetch } from './attempts/prefetch.ts';
export { shutDown } from './host/shutdown.ts';
export { TaskHost } from './host/task-host.ts';
export { LifeEvents } from './life/events.ts';
export type { Pool, PoolReports, Run, StopReason } from './pool/pool.ts';
export type { Registry } from './registry/registry.ts';
export type { OpenSocket, SessionSocket } from './session/dialer.ts';
export type { SocketEnd, SocketListener } from './session/gateway-socket.ts';
