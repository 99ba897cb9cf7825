/** How a command finds its gateway and shows that it may use it. */
import type { Flag } from './flag.ts';
import { readText, readUrl } from './readers.ts';

const gateway: Flag<string> = {
  flag: 'gateway',
  value: 'URL',
  help: 'where the gateway is',
  default: 'http://127.0.0.1:7600',
  env: 'CELERIAC_URL',
  parse: readUrl,
};

const token: Flag<string | undefined> = {
  flag: 'token',
  value: 'TOKEN',
  help: 'for a gateway with keys; see celeriac token',
  default: undefined,
  parse: readText,
};

const tokenFile: Flag<string | undefined> = {
  flag: 'token-file',
  value: 'FILE',
  help: 'file with the token, read again on each connect',
  default: undefined,
  parse: readText,
};

export const GATEWAY_ADDRESS = { gateway, token, tokenFile };
