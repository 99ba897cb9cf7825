/** How the options about keys and tokens are read. */
import { OptionError, show } from '@celeriac/protocol';
import { isLoopback } from './transport/auth/origin-guard.ts';

/** A file, or an address: others on the way must not be able to put keys of their own in. */
export function jwksSource(given: unknown, flag: string): string {
  if (typeof given !== 'string' || given === '') throw bad(flag, given);
  if (!/^[a-z][a-z\d+.-]+:\/\//i.test(given)) return given;
  if (!URL.canParse(given)) throw bad(flag, given);
  const { protocol, hostname, username, password } = new URL(given);
  const safe =
    protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, '')));
  if (!safe || username !== '' || password !== '') throw bad(flag, given);
  return given;
}

function bad(flag: string, given: unknown): OptionError {
  return new OptionError(
    flag,
    `expected --${flag} to be a file or an https address (http on this machine alone), got: ${show(given)}`,
  );
}
