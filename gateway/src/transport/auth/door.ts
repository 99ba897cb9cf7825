import { OptionError } from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from '@celeriac/token/internal';
import { type Authenticator, openAuthenticator, tokenAuthenticator, type Verifier } from './authenticator.ts';
import { readKeyFile } from './key-file.ts';
import { isLoopback } from './origin-guard.ts';
import { keysOfFile, keysOfUrl, publicKeysVerifier } from './public-keys.ts';
import { MAX_KEYS_TRIED, secretKey, secretKeysVerifier } from './secret-keys.ts';

/** How a gateway knows who comes. */
export interface DoorSettings {
  readonly keys: readonly string[];
  readonly keyFiles: readonly string[];
  /** A file, or an address that begins with its scheme; `null`: none. */
  readonly jwks: string | null;
  /** These three are of the tokens of `jwks`, or of those signed with keys where there is none. */
  readonly tokenIssuer: string | null;
  readonly tokenAudience: string;
  readonly scopeClaim: string;
  readonly maxTokenAgeMs: number;
}

export interface Door {
  readonly authenticate: Authenticator;
  /** Key files that others on this machine may read or change. */
  readonly exposed: readonly string[];
}

/**
 * Nobody needs a token.
 * @internal
 */
export function isOpen({ keys, keyFiles, jwks }: DoorSettings): boolean {
  return keys.length === 0 && keyFiles.length === 0 && jwks === null;
}

interface Where {
  /** The address that it listens on. */
  readonly host: string;
  /** Allows another address than loopback without keys. */
  readonly insecure: boolean;
}

/**
 * Each option may be valid by itself and invalid in combination.
 * @throws OptionError naming the option
 */
export function refuseUnfit(settings: DoorSettings & Where): void {
  refuseOpenDoor(settings);
  if (settings.jwks !== null && settings.tokenIssuer === null) {
    throw new OptionError(
      'jwks',
      'expected --token-issuer together with --jwks: it says whose tokens are accepted',
    );
  }
}

/**
 * Anybody who reaches an open gateway may run tasks, so it is reached from this machine only.
 * @throws OptionError where others could reach it
 */
export function refuseOpenDoor(settings: DoorSettings & Where): void {
  const { host, insecure } = settings;
  if (isLoopback(host) || !isOpen(settings) || insecure) return;
  throw new OptionError(
    'host',
    `refusing to listen on ${host} without keys: give --key SECRET, or --insecure to let anyone in`,
  );
}

/**
 * Reads the files that the settings name.
 * @param failed hears why the keys behind an address could not be read
 * @throws OptionError naming the file that is wrong
 */
export function openDoor(settings: DoorSettings, clock: Clock, failed: (why: string) => void): Door {
  if (isOpen(settings)) return { authenticate: openAuthenticator, exposed: [] };
  const files = settings.keyFiles.map((path) => ({ path, ...readKeyFile(path) }));
  const secrets = [...settings.keys.map((key) => secretKey(key)), ...files.flatMap(({ keys }) => keys)];
  if (secrets.length > MAX_KEYS_TRIED) {
    throw new OptionError('key', `expected at most ${MAX_KEYS_TRIED} keys, got ${secrets.length}`);
  }
  const { jwks, maxTokenAgeMs: maxAgeMs } = settings;
  const told: Rules = {
    issuer: settings.tokenIssuer ?? TOKEN_ISSUER,
    audience: settings.tokenAudience,
    grants: { scopeClaim: settings.scopeClaim, maxAgeMs },
  };
  const own: Rules =
    jwks === null
      ? told
      : { issuer: TOKEN_ISSUER, audience: TOKEN_AUDIENCE, grants: { scopeClaim: 'scope', maxAgeMs } };
  const verifiers = [
    ...(secrets.length === 0 ? [] : [secretKeysVerifier(secrets, own)]),
    ...(jwks === null ? [] : [publicKeysVerifier(findKeyOf(jwks, clock, failed), told)]),
  ];
  return {
    authenticate: tokenAuthenticator(verifiers, clock),
    exposed: files.filter(({ exposed }) => exposed).map(({ path }) => path),
  };
}

type Rules = Omit<Verifier, 'algorithms' | 'keysFor'>;

function findKeyOf(jwks: string, clock: Clock, failed: (why: string) => void): ReturnType<typeof keysOfFile> {
  return /^https?:/i.test(jwks) ? keysOfUrl(new URL(jwks), { clock, failed }) : keysOfFile(jwks);
}
