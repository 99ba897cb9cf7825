/** The broker, for whoever embeds it. */
export { StoreError } from './engine/sqlite/store-error.ts';
export { type Compacted, checkStore, compactStore, type StoreReport } from './engine/sqlite/upkeep.ts';
export type { AuditedAct, TelemetryEvents, TelemetrySource, WorkerSigns } from './events/telemetry.ts';
export { createGateway, type Gateway } from './gateway.ts';
export type { GatewayOptions, GatewayParts } from './gateway-options.ts';
export { checkOrigin, type OriginRefusal, type OriginRules } from './transport/auth/origin-guard.ts';
