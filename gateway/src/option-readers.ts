/** How options that only a gateway has are read. */
import { OptionError } from '@celeriac/protocol';
import { type OptionReader, option } from '@celeriac/protocol/internal';
import { MIN_KEY_LENGTH } from '@celeriac/token/internal';
import { readStoreName, storeHint } from './engine/store-name.ts';
import { isLoopback } from './transport/auth/origin-guard.ts';

const SEGMENT = /^[\w.~!$&'()*+,;=:@-]+$/;

/** The value is in no error. */
export const keys: OptionReader<readonly string[]> = option.list((given, name) => {
  if (typeof given === 'string' && given.length >= MIN_KEY_LENGTH) return given;
  throw new OptionError(name, `expected ${name} to be a string of at least ${MIN_KEY_LENGTH} characters`);
});

/** As it stands in an address, without what would be decoded on the way; a slash at its end does not count. */
export function mountPath(given: unknown, name: string): string {
  if (given === '/') return given;
  const [root, ...segments] = typeof given === 'string' ? given.replace(/\/$/, '').split('/') : [];
  const plain = segments.every((one) => SEGMENT.test(one) && one !== '.' && one !== '..');
  if (root !== '' || segments.length === 0 || !plain)
    throw option.expected(name, 'a path such as /celeriac', given);
  return `/${segments.join('/')}`;
}

export function storeName(given: unknown, name: string): string {
  if (typeof given === 'string' && readStoreName(given) !== undefined) return given;
  const { message } = option.expected(name, 'memory or sqlite:PATH', given);
  throw new OptionError(name, typeof given === 'string' ? message + storeHint(given) : message);
}

/** A file, or an address: others on the way must not be able to put keys of their own in. */
export const jwksSource: OptionReader<string> = option.value(
  'a file or an https address (http only on this machine)',
  (given) => {
    if (typeof given !== 'string' || given === '') return false;
    if (!/^[a-z][a-z\d+.-]+:\/\//i.test(given)) return true;
    if (!URL.canParse(given)) return false;
    const { protocol, hostname, username, password } = new URL(given);
    const safe =
      protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, '')));
    return safe && username === '' && password === '';
  },
);
