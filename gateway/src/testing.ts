/**
 * Entry point for simulations and tests: what a simulation puts together in its own way, and what a search walks through. It opens only
 * to sources of this workspace (the condition `celeriac-source`), never to users.
 */
export { assembleBroker, type Broker, type BrokerRules } from './broker/broker.ts';
export { type RunLoss, settle, settleLoss } from './core/outcome.ts';
export { type AttemptLease, isHeld, type StoredTask, sequenceOf } from './core/record.ts';
export { eventsBetween } from './core/snapshot.ts';
export { lease, release, revokeTask, start, submit } from './core/transitions.ts';
export type {
  ClaimAsk,
  Engine,
  ExpiryReport,
  InsertVerdict,
  Opened,
  Promotion,
  TaskChange,
  Write,
} from './engine/engine.ts';
export { EngineAround } from './engine/engine-around.ts';
export { countLanes, EngineError } from './engine/engine-parts.ts';
export { FaultyEngine } from './engine/faulty-engine.ts';
export { MemoryEngine } from './engine/memory/memory-engine.ts';
export { openEngine } from './engine/open-engine.ts';
export { SqliteEngine } from './engine/sqlite/sqlite-engine.ts';
export { LAZY_MS } from './engine/sqlite/urgency.ts';
export { Telemetry } from './events/telemetry.ts';
export { openAuthenticator } from './transport/auth/authenticator.ts';
export { Gatekeeper } from './transport/auth/gatekeeper.ts';
export { OPEN_GRANT } from './transport/auth/grant.ts';
export { NO_LIMITS } from './transport/auth/subject-limits.ts';
export { ClientEndpoint } from './transport/client/client-endpoint.ts';
export { ClientSession } from './transport/client/client-session.ts';
export type { ClientSocket } from './transport/client/client-socket.ts';
export { Connections } from './transport/connections.ts';
export type { TransportContext } from './transport/context.ts';
export { WorkerConversation } from './transport/worker/worker-conversation.ts';
export { WorkerEndpoint } from './transport/worker/worker-endpoint.ts';
