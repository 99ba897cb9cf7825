/** Flags that several commands have. */
import { type Flag, optionalFlag, toggle } from './flag.ts';
import { durationOption, textOption, url } from './readers.ts';

const gateway: Flag<string> = {
  flag: 'gateway',
  value: 'URL',
  help: 'where the gateway is',
  default: 'http://127.0.0.1:7600',
  env: 'CELERIAC_URL',
  read: url,
};

/** How a command finds its gateway and shows that it may use it. */
export const GATEWAY_ADDRESS = {
  gateway,
  token: optionalFlag(
    'token',
    'TOKEN',
    'token for a gateway with keys; celeriac token makes one',
    textOption,
  ),
  tokenFile: optionalFlag(
    'token-file',
    'FILE',
    'file with the token, read again on each connect',
    textOption,
  ),
};

export const WAIT_FLAG = toggle('wait', 'wait until the task has ended, and print its result');
/** `undefined` waits as long as the task is alive. */
export const TIMEOUT_FLAG = optionalFlag(
  'timeout',
  'DURATION',
  'how long to wait at most, such as 10s or 5m',
  durationOption,
);

/** @param prints what a command prints with it */
export function jsonFlag(prints: string): Flag<boolean> {
  return toggle('json', `print ${prints}`);
}
