/** How the value of one option is read, as a command line, the environment or a caller of `createGateway` gives it. Each throws an OptionError that names its flag. */
import { OptionError, parseDuration, show } from '@celeriac/protocol';
import { MIN_KEY_LENGTH } from '@celeriac/token';
import { readStoreName, storeHint } from './engine/store-name.ts';
import { isLoopback } from './transport/auth/origin-guard.ts';

const SHORTEST_LEASE_MS = 5_000;
const JWKS_SOURCE = 'a file or an https address (http on this machine alone)';

export function text(given: unknown, flag: string): string {
  if (typeof given !== 'string' || given === '') throw bad(flag, 'a text', given);
  return given;
}

export function texts(given: unknown, flag: string): readonly string[] {
  const list = typeof given === 'string' ? given.split(',') : given;
  if (!Array.isArray(list)) throw bad(flag, 'a list of texts', given);
  return list.map((one: unknown) => text(typeof one === 'string' ? one.trim() : one, flag));
}

export function keys(given: unknown, flag: string): readonly string[] {
  const list = texts(given, flag);
  if (list.some((key) => key.length < MIN_KEY_LENGTH)) {
    throw new OptionError(flag, `expected --${flag} to have at least ${MIN_KEY_LENGTH} characters`);
  }
  return list;
}

export function port(given: unknown, flag: string): number {
  const number = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > 65_535) {
    throw bad(flag, 'a port from 0 to 65535', given);
  }
  return number;
}

const SEGMENT = /^[\w.~!$&'()*+,;=:@-]+$/;

/** As it stands in an address, without what would be decoded on the way; a slash at its end does not count. */
export function mountPath(given: unknown, flag: string): string {
  if (given === '/') return given;
  const [root, ...segments] = typeof given === 'string' ? given.replace(/\/$/, '').split('/') : [];
  const plain = segments.every((one) => SEGMENT.test(one) && one !== '.' && one !== '..');
  if (root !== '' || segments.length === 0 || !plain) throw bad(flag, 'a path such as /celeriac', given);
  return `/${segments.join('/')}`;
}

export function count(given: unknown, flag: string): number {
  const number = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1)
    throw bad(flag, 'a whole number from 1', given);
  return number;
}

export function countOrNull(given: unknown, flag: string): number | null {
  return given === null ? null : count(given, flag);
}

export function storeSpec(given: unknown, flag: string): string {
  if (typeof given === 'string' && readStoreName(given) !== undefined) return given;
  const { message } = bad(flag, 'memory or sqlite:PATH', given);
  throw new OptionError(flag, typeof given === 'string' ? message + storeHint(given) : message);
}

export function duration(given: unknown, flag: string): number {
  if (typeof given === 'string' && /^\d+(\.\d+)?$/.test(given))
    return parseDuration(Number(given), `--${flag}`);
  return parseDuration(given, `--${flag}`);
}

/** Workers give up two seconds before the gateway does: of a shorter lease too little would be left to renew it in. */
export function lease(given: unknown, flag: string): number {
  const ms = duration(given, flag);
  if (ms < SHORTEST_LEASE_MS) throw bad(flag, `at least ${SHORTEST_LEASE_MS / 1_000} s`, given);
  return ms;
}

/** Tokens count in seconds. */
export function tokenAge(given: unknown, flag: string): number {
  const ms = duration(given, flag);
  if (ms < 1_000) throw bad(flag, 'at least 1 s', given);
  return ms;
}

export function flagged(given: unknown, flag: string): boolean {
  if (typeof given === 'boolean') return given;
  if (given === '1' || given === 'true') return true;
  if (given === '0' || given === 'false' || given === '') return false;
  throw bad(flag, 'true or false', given);
}

export function oneOf<Choice extends string>(
  given: unknown,
  flag: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((one) => one === given);
  if (choice === undefined) throw bad(flag, `one of ${choices.join(', ')}`, given);
  return choice;
}

/** A file, or an address: others on the way must not be able to put keys of their own in. */
export function jwksSource(given: unknown, flag: string): string {
  if (typeof given !== 'string' || given === '') throw bad(flag, JWKS_SOURCE, given);
  if (!/^[a-z][a-z\d+.-]+:\/\//i.test(given)) return given;
  if (!URL.canParse(given)) throw bad(flag, JWKS_SOURCE, given);
  const { protocol, hostname, username, password } = new URL(given);
  const safe =
    protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, '')));
  if (!safe || username !== '' || password !== '') throw bad(flag, JWKS_SOURCE, given);
  return given;
}

function bad(flag: string, what: string, given: unknown): OptionError {
  return new OptionError(flag, `expected --${flag} to be ${what}, got: ${show(given)}`);
}
