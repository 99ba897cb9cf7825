import type { GatewayFrame } from './frames/to-client.ts';

const NAMES: { readonly [Name in GatewayFrame]: true } = {
  welcome: true,
  refused: true,
  goaway: true,
  receipts: true,
  events: true,
  snapshots: true,
  streams: true,
  feeds: true,
};

/** What a gateway says unasked, for those that do not read all of it. */
export const GATEWAY_FRAME_NAMES: readonly string[] = Object.keys(NAMES);
