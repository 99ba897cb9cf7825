/**
 * Every option of the gateway, in one table that gives types, flags, environment names, defaults and help.
 * The CLI reads it; so does {@link createGateway}.
 */
import { readNames } from '@celeriac/protocol';
import { MIN_KEY_LENGTH, TOKEN_AUDIENCE } from '@celeriac/token';
import { type GatewaySettings, type OptionName, refuseUnfit } from './gateway-settings.ts';
import {
  count,
  countOrNull,
  duration,
  flagged,
  jwksSource,
  keys,
  lease,
  mountPath,
  oneOf,
  port,
  storeSpec,
  text,
  texts,
  tokenAge,
} from './option-readers.ts';

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
  /** @throws OptionError */
  readonly parse: (given: unknown, flag: string) => Value;
}

type OptionTable = {
  readonly [Key in keyof GatewaySettings as OptionName<Key>]: OptionSpec<GatewaySettings[Key]>;
};

/**
 * Lease and grace tolerate 25 s of a blocked event loop and a reconnect; see docs/guarantees.md.
 * @internal
 */
export const GATEWAY_OPTIONS: OptionTable = {
  host: { flag: 'host', value: 'ADDRESS', help: 'address to listen on', default: '127.0.0.1', parse: text },
  port: {
    flag: 'port',
    value: 'PORT',
    help: 'port to listen on; 0 takes a free one',
    default: 7600,
    parse: port,
  },
  path: {
    flag: 'path',
    value: 'PATH',
    help: 'path that it lives below, such as /celeriac: clients and workers have it in their URL',
    default: '/',
    parse: mountPath,
  },
  store: {
    flag: 'store',
    value: 'STORE',
    help: 'where tasks are kept: memory, or sqlite:PATH',
    default: 'sqlite:celeriac.db',
    parse: storeSpec,
  },
  results: {
    flag: 'results',
    value: 'keep|none',
    help: 'keep results for those who ask later, or only push them live',
    default: 'keep',
    parse: (given, flag) => oneOf(given, flag, ['keep', 'none']),
  },
  resultExpires: {
    flag: 'result-expires',
    value: 'DURATION',
    help: 'how long results are kept, such as 12h or 7d',
    default: 86_400_000,
    parse: duration,
  },
  maxTombstones: {
    flag: 'max-tombstones',
    value: 'TASKS',
    help: 'how many ids, the newest, are remembered for a day after their results went; for a minute all are',
    default: 100_000,
    parse: count,
  },
  backupFolder: {
    flag: 'backup-folder',
    value: 'FOLDER',
    help: 'where celeriac control backup may write, on this machine; default: the folder of the store',
    default: null,
    parse: text,
  },
  createMissingQueues: {
    flag: 'create-missing-queues',
    value: 'true|false',
    help: 'make a queue by naming it; otherwise only listed queues and those of workers are taken',
    default: true,
    parse: flagged,
  },
  knownQueues: {
    flag: 'known-queue',
    value: 'QUEUE',
    help: 'a queue that there is, whether they are made by naming them or not; repeatable',
    default: ['default'],
    many: true,
    parse: texts,
  },
  maxDepth: {
    flag: 'max-depth',
    value: 'TASKS',
    help: 'how many tasks may wait in one queue before further calls are refused',
    default: 10_000_000,
    parse: count,
  },
  maxQueues: {
    flag: 'max-queues',
    value: 'QUEUES',
    help: 'in how many queues tasks may wait before another one is made by naming it; listed ones and those of workers are always taken',
    default: 50_000,
    parse: count,
  },
  keys: {
    flag: 'key',
    value: 'SECRET',
    help: `key that tokens are signed with, at least ${MIN_KEY_LENGTH} characters; repeat to replace one`,
    default: [],
    many: true,
    parse: keys,
  },
  keyFiles: {
    flag: 'key-file',
    value: 'FILE',
    help: 'file of such keys, a line each as KID:SECRET or SECRET, or a JWK Set of oct keys; repeatable',
    default: [],
    many: true,
    parse: texts,
  },
  jwks: {
    flag: 'jwks',
    value: 'FILE|URL',
    help: 'public keys of an identity provider (RS256, ES256, EdDSA): a JWK Set, in a file or behind https',
    default: null,
    parse: jwksSource,
  },
  tokenIssuer: {
    flag: 'token-issuer',
    value: 'NAME',
    help: 'the iss of the tokens of --jwks, which needs it; without --jwks that of tokens signed with keys, there celeriac by default',
    default: null,
    parse: text,
  },
  tokenAudience: {
    flag: 'token-audience',
    value: 'NAME',
    help: 'the aud of the same tokens',
    default: TOKEN_AUDIENCE,
    parse: text,
  },
  scopeClaim: {
    flag: 'scope-claim',
    value: 'NAME',
    help: 'the claim of the same tokens that holds the scopes, as a text or a list, such as scp or permissions',
    default: 'scope',
    parse: text,
  },
  maxTokenAge: {
    flag: 'max-token-age',
    value: 'DURATION',
    help: 'how long a token may be good for, from when it was made',
    default: 90 * 86_400_000,
    parse: tokenAge,
  },
  insecure: {
    flag: 'insecure',
    help: 'allow another address than loopback without keys',
    default: false,
    parse: flagged,
  },
  allowOrigin: {
    flag: 'allow-origin',
    value: 'ORIGIN',
    help: 'origin of pages that may connect, beside the gateway’s own; repeatable',
    default: [],
    many: true,
    parse: texts,
  },
  allowHost: {
    flag: 'allow-host',
    value: 'NAME',
    help: 'host name that requests may use, beside those of loopback; repeatable',
    default: [],
    many: true,
    parse: texts,
  },
  callsPerSecond: {
    flag: 'calls-per-second',
    value: 'CALLS',
    help: 'how many calls a second one subject of tokens may make; a token may lower it',
    default: null,
    parse: countOrNull,
  },
  callsInFlight: {
    flag: 'calls-in-flight',
    value: 'CALLS',
    help: 'how many calls of one subject may be unfinished at a time',
    default: null,
    parse: countOrNull,
  },
  connectionsPerSubject: {
    flag: 'connections-per-subject',
    value: 'COUNT',
    help: 'how many connections one subject may have open, of clients and workers',
    default: null,
    parse: countOrNull,
  },
  watchesPerSubject: {
    flag: 'watches-per-subject',
    value: 'COUNT',
    help: 'how many tasks of others one subject may watch at a time',
    default: null,
    parse: countOrNull,
  },
  maxConnections: {
    flag: 'max-connections',
    value: 'CONNECTIONS',
    help: 'how many clients and workers may be connected at a time',
    default: 50_000,
    parse: count,
  },
  maxConnectionsPerAddress: {
    flag: 'max-connections-per-address',
    value: 'CONNECTIONS',
    help: 'how many of them may come from one address; behind a proxy all do',
    default: 20_000,
    parse: count,
  },
  maxPending: {
    flag: 'max-pending',
    value: 'CONNECTIONS',
    help: 'how many connections of one address may have shown no good token yet',
    default: 2_500,
    parse: count,
  },
  lease: {
    flag: 'lease',
    value: 'DURATION',
    help: 'how long a silent worker keeps its tasks, at least 5s',
    default: 30_000,
    parse: lease,
  },
  grace: {
    flag: 'grace',
    value: 'DURATION',
    help: 'how long a disconnected worker may take to come back',
    default: 5_000,
    parse: duration,
  },
};

/**
 * As a command line or an environment gives them: texts, mostly.
 * @internal
 */
export type GivenOptions = Partial<Record<keyof OptionTable, unknown>>;

/**
 * Fills in defaults and checks everything.
 * @throws OptionError naming the option; UsageError for what is no object of them
 * @internal
 */
export function resolveGatewayOptions(given: GivenOptions): GatewaySettings {
  const names = readNames(given, Object.keys(GATEWAY_OPTIONS), 'createGateway()');
  const read = <Key extends keyof OptionTable>(key: Key): OptionTable[Key]['default'] => {
    const { parse, flag, default: fallback }: OptionSpec<OptionTable[Key]['default']> = GATEWAY_OPTIONS[key];
    return names.has(key) ? parse(names.get(key), flag) : fallback;
  };
  const settings: GatewaySettings = {
    host: read('host'),
    port: read('port'),
    path: read('path'),
    store: read('store'),
    results: read('results'),
    resultExpiresMs: read('resultExpires'),
    maxTombstones: read('maxTombstones'),
    backupFolder: read('backupFolder'),
    createMissingQueues: read('createMissingQueues'),
    knownQueues: read('knownQueues'),
    maxDepth: read('maxDepth'),
    maxQueues: read('maxQueues'),
    keys: read('keys'),
    keyFiles: read('keyFiles'),
    jwks: read('jwks'),
    tokenIssuer: read('tokenIssuer'),
    tokenAudience: read('tokenAudience'),
    scopeClaim: read('scopeClaim'),
    maxTokenAgeMs: read('maxTokenAge'),
    insecure: read('insecure'),
    allowOrigin: read('allowOrigin'),
    allowHost: read('allowHost'),
    callsPerSecond: read('callsPerSecond'),
    callsInFlight: read('callsInFlight'),
    connectionsPerSubject: read('connectionsPerSubject'),
    watchesPerSubject: read('watchesPerSubject'),
    maxConnections: read('maxConnections'),
    maxConnectionsPerAddress: read('maxConnectionsPerAddress'),
    maxPending: read('maxPending'),
    leaseMs: read('lease'),
    graceMs: read('grace'),
  };
  refuseUnfit(settings);
  return settings;
}
