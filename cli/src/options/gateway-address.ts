/** How a command finds its gateway and shows that it may use it. */
import { type Flag, optional } from './flag.ts';
import { text, url } from './readers.ts';

const gateway: Flag<string> = {
  flag: 'gateway',
  value: 'URL',
  help: 'where the gateway is',
  default: 'http://127.0.0.1:7600',
  env: 'CELERIAC_URL',
  read: url,
};

export const GATEWAY_ADDRESS = {
  gateway,
  token: optional('token', 'TOKEN', 'for a gateway with keys; see celeriac token', text),
  tokenFile: optional('token-file', 'FILE', 'file with the token, read again on each connect', text),
};
