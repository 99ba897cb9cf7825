/**
 * Every option of the gateway, in one table that gives types, flags, environment names, defaults and help.
 * The CLI reads it; so does {@link createGateway}.
 */
import { type OptionReader, option } from '@celeriac/protocol/internal';
import { MIN_KEY_LENGTH, TOKEN_AUDIENCE } from '@celeriac/token/internal';
import { jwksSource, keys, mountPath, storeName } from './option-readers.ts';

/**
 * One option of the gateway, with its flag and its variable.
 * @internal
 */
export interface OptionSpec<Value> {
  /** `--flag`; the environment variable is CELERIAC_FLAG in capitals. */
  readonly flag: string;
  /** How help shows the value; absent for switches. */
  readonly value?: string;
  /** For `celeriac gateway --help`. */
  readonly help: string;
  /** What holds where nobody says. */
  readonly default: Value;
  /** May be given several times; the environment separates by commas. */
  readonly many?: boolean;
  /** Of a value, and of the text that stands for it. */
  readonly read: OptionReader<Value>;
}

/** Workers give up two seconds before the gateway does: of a shorter lease too little would be left to renew it in. */
const SHORTEST_LEASE_MS = 5_000;
/** Tokens count in seconds. */
const SHORTEST_TOKEN_AGE_MS = 1_000;

const text = option.text();
const texts = option.orText(option.list(text));
const flag = option.orText(option.flag);
const count = option.orText(option.integer(1));
const duration = (leastMs = 0): OptionReader<number> => option.orText(option.duration(leastMs));

/**
 * Lease and grace tolerate 25 s of a blocked event loop and a reconnect; see docs/guarantees.md.
 * @internal
 */
export const GATEWAY_OPTIONS = {
  host: { flag: 'host', value: 'ADDRESS', help: 'address to listen on', default: '127.0.0.1', read: text },
  port: {
    flag: 'port',
    value: 'PORT',
    help: 'port to listen on; 0 takes a free one',
    default: 7600,
    read: option.orText(option.integer(0, 65_535)),
  },
  path: {
    flag: 'path',
    value: 'PATH',
    help: 'path below which everything is served, such as /celeriac; part of the URL of clients and workers',
    default: '/',
    read: mountPath,
  },
  store: {
    flag: 'store',
    value: 'STORE',
    help: 'where tasks are kept: memory, or sqlite:PATH',
    default: 'sqlite:celeriac.db',
    read: storeName,
  },
  results: {
    flag: 'results',
    value: 'keep|none',
    help: 'keep results for later requests, or only push them live',
    default: 'keep',
    read: option.oneOf(['keep', 'none'] as const),
  },
  resultExpires: {
    flag: 'result-expires',
    value: 'DURATION',
    help: 'how long results are kept, such as 12h or 7d',
    default: 86_400_000,
    read: duration(),
  },
  maxTombstones: {
    flag: 'max-tombstones',
    value: 'TASKS',
    help: 'how many of the newest ids are remembered for a day after their results expired; all ids are remembered for a minute',
    default: 100_000,
    read: count,
  },
  backupFolder: {
    flag: 'backup-folder',
    value: 'FOLDER',
    help: 'folder on this machine that celeriac control backup may write to; default: the folder of the store',
    default: null,
    read: text,
  },
  createMissingQueues: {
    flag: 'create-missing-queues',
    value: 'true|false',
    help: 'create queues on first use; otherwise only listed queues and those of workers are accepted',
    default: true,
    read: flag,
  },
  knownQueues: {
    flag: 'known-queue',
    value: 'QUEUE',
    help: 'a queue that is always accepted, even if queues are not created on first use; repeatable',
    default: ['default'],
    many: true,
    read: texts,
  },
  maxDepth: {
    flag: 'max-depth',
    value: 'TASKS',
    help: 'how many tasks may wait in one queue before further calls are refused',
    default: 10_000_000,
    read: count,
  },
  maxQueues: {
    flag: 'max-queues',
    value: 'QUEUES',
    help: 'how many queues may have waiting tasks; then no others are created on first use, but listed ones and those of workers are still accepted',
    default: 50_000,
    read: count,
  },
  keys: {
    flag: 'key',
    value: 'SECRET',
    help: `key that signs tokens, at least ${MIN_KEY_LENGTH} characters; repeatable, so that a key can be replaced`,
    default: [],
    many: true,
    read: option.orText(keys),
  },
  keyFiles: {
    flag: 'key-file',
    value: 'FILE',
    help: 'file of such keys, one KID:SECRET or SECRET per line, or a JWK Set of oct keys; repeatable',
    default: [],
    many: true,
    read: texts,
  },
  jwks: {
    flag: 'jwks',
    value: 'FILE|URL',
    help: 'public keys of an identity provider (RS256, ES256, EdDSA): a JWK Set, in a file or at an https URL',
    default: null,
    read: jwksSource,
  },
  tokenIssuer: {
    flag: 'token-issuer',
    value: 'NAME',
    help: 'the issuer (iss) that tokens must have; required with --jwks, and then for the provider’s tokens; otherwise for tokens signed with keys, by default celeriac',
    default: null,
    read: text,
  },
  tokenAudience: {
    flag: 'token-audience',
    value: 'NAME',
    help: 'the audience (aud) that the same tokens must have',
    default: TOKEN_AUDIENCE,
    read: text,
  },
  scopeClaim: {
    flag: 'scope-claim',
    value: 'NAME',
    help: 'the claim of the same tokens that holds the scopes, as a string or a list, such as scp or permissions',
    default: 'scope',
    read: text,
  },
  maxTokenAge: {
    flag: 'max-token-age',
    value: 'DURATION',
    help: 'the longest time that a token may be valid, from its issue to its expiry',
    default: 90 * 86_400_000,
    read: duration(SHORTEST_TOKEN_AGE_MS),
  },
  insecure: {
    flag: 'insecure',
    help: 'allow an address other than loopback without keys',
    default: false,
    read: flag,
  },
  allowOrigin: {
    flag: 'allow-origin',
    value: 'ORIGIN',
    help: 'origin of pages that may connect, in addition to the gateway’s own; repeatable',
    default: [],
    many: true,
    read: texts,
  },
  allowHost: {
    flag: 'allow-host',
    value: 'NAME',
    help: 'host name that requests may use, in addition to those of loopback; repeatable',
    default: [],
    many: true,
    read: texts,
  },
  callsPerSecond: {
    flag: 'calls-per-second',
    value: 'CALLS',
    help: 'how many calls per second one token subject may make; a token may lower it',
    default: null,
    read: count,
  },
  callsInFlight: {
    flag: 'calls-in-flight',
    value: 'CALLS',
    help: 'how many calls of one subject may be unfinished at a time',
    default: null,
    read: count,
  },
  connectionsPerSubject: {
    flag: 'connections-per-subject',
    value: 'COUNT',
    help: 'how many connections one subject may have open, of clients and workers',
    default: null,
    read: count,
  },
  watchesPerSubject: {
    flag: 'watches-per-subject',
    value: 'COUNT',
    help: 'how many tasks of others one subject may watch at a time',
    default: null,
    read: count,
  },
  maxConnections: {
    flag: 'max-connections',
    value: 'CONNECTIONS',
    help: 'how many clients and workers may be connected at a time',
    default: 50_000,
    read: count,
  },
  maxConnectionsPerAddress: {
    flag: 'max-connections-per-address',
    value: 'CONNECTIONS',
    help: 'how many connections may come from one address; behind a proxy all have the address of the proxy',
    default: 20_000,
    read: count,
  },
  maxPending: {
    flag: 'max-pending',
    value: 'CONNECTIONS',
    help: 'how many connections of one address may be without an accepted token',
    default: 2_500,
    read: count,
  },
  lease: {
    flag: 'lease',
    value: 'DURATION',
    help: 'how long a silent worker keeps its tasks, at least 5s',
    default: 30_000,
    read: duration(SHORTEST_LEASE_MS),
  },
  grace: {
    flag: 'grace',
    value: 'DURATION',
    help: 'how long a disconnected worker may take to reconnect',
    default: 5_000,
    read: duration(),
  },
} satisfies Readonly<Record<string, OptionSpec<unknown>>>;
