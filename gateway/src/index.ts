export { GATEWAY_OPTIONS, type OptionSpec } from './config.ts';
export { type Compacted, checkStore, compactStore, type StoreReport } from './engine/sqlite/upkeep.ts';
export { readStoreName, storeHint } from './engine/store-name.ts';
export type { TelemetryEvents, TelemetrySource } from './events/telemetry.ts';
export { createGateway, type Gateway, gatewayWith } from './gateway.ts';
export type { GatewayOptions, GatewayParts } from './gateway-options.ts';
export { type GatewaySettings, type GivenOptions, resolveGatewayOptions } from './gateway-settings.ts';
export { isOpen } from './transport/auth/door.ts';
export { type KeyFile, readKeyFile } from './transport/auth/key-file.ts';
export {
  checkOrigin,
  type OriginRefusal,
  type OriginRules,
  originRules,
} from './transport/auth/origin-guard.ts';
