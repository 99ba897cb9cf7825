/** Entry point for our own packages: options as a command line gives them, and what the command asks besides. */
export { GATEWAY_OPTIONS, type OptionSpec } from './config.ts';
export { readStoreName, storeHint } from './engine/store-name.ts';
export { gatewayWith } from './gateway.ts';
export { type GatewaySettings, type GivenOptions, resolveGatewayOptions } from './gateway-settings.ts';
export { isOpen } from './transport/auth/door.ts';
export { readKeyFile } from './transport/auth/key-file.ts';
export { originRules } from './transport/auth/origin-guard.ts';
