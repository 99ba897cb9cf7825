import {
  CALL_LIMIT,
  type Duration,
  OptionError,
  parseDuration,
  readNames,
  show,
  type TaskOptions,
} from '@celeriac/protocol';
import { type Clock, systemClock } from '@celeriac/runtime';
import type { OpenLink } from './connection/link.ts';
import { OUTBOX_LIMIT } from './connection/outbox.ts';
import { addressOf, defaultUrl } from './environment.ts';
import type { TokenSource } from './hosting.ts';
import { readFlag, readInteger } from './task/option-reading.ts';
import { Routes, type TaskRoutes } from './task/routes.ts';
import {
  NULLABLE,
  readSerializerName,
  readSharedOptions,
  SHARED_NAMES,
  type SharedTaskOptions,
} from './task/task-options.ts';

/** What `new Celeriac()` takes. Those of {@link SharedTaskOptions} hold for each task that does not say otherwise. */
export interface CeleriacOptions extends SharedTaskOptions {
  /**
   * The gateway, with the path that it lives below, if any; in a page a path of its origin, such as `/celeriac`.
   * @default in Node `CELERIAC_URL`, else `http://127.0.0.1:7600`; in a browser the page's origin
   */
  readonly url?: string | null | undefined;
  /**
   * Who the app is. A factory is asked anew on each connect, and before a token ends, so that the connection goes on;
   * with a string it ends when its token does, and whatever waits is told so (`TOKEN_EXPIRED`).
   * @default none
   */
  readonly token?: TokenSource | null | undefined;
  /**
   * A call without a receipt is given up after so long: seconds or `'10s'`.
   * @default 30 s
   */
  readonly acceptTimeout?: Duration | null | undefined;
  /**
   * A `get()` is given up when the gateway has been unreachable for so long.
   * @default 5 min
   */
  readonly giveUpAfter?: Duration | null | undefined;
  /**
   * What all calls together may take that wait for their receipt, in bytes: each counts as it travels, with 512 for what
   * is kept of it here. A call beyond it is not made (`NotAcceptedError`, `OUTBOX_FULL`); `app.drained()` is what to
   * wait for.
   * @default 256 MB, which is some 400,000 small calls
   */
  readonly outboxLimit?: number | null | undefined;
  /**
   * Options of tasks by their names, below the task's own: `{ 'media.*': 'media' }`, or a list.
   * @default none
   */
  readonly taskRoutes?: TaskRoutes | null | undefined;
  /**
   * For tests: every call runs in this process, and nothing is sent.
   * @default false
   */
  readonly alwaysEager?: boolean | null | undefined;
  /**
   * What time it is, for tests.
   * @default that of the machine
   */
  readonly clock?: Clock | null | undefined;
  /**
   * Another way to the gateway than socket.io; for tests.
   * @default socket.io
   */
  readonly openLink?: OpenLink | null | undefined;
}

export interface ReadAppOptions {
  readonly url: string;
  readonly token: TokenSource;
  readonly acceptTimeoutMs: number;
  readonly giveUpAfterMs: number;
  readonly outboxLimit: number;
  readonly alwaysEager: boolean;
  readonly clock: Clock;
  readonly openLink: OpenLink | undefined;
  readonly routes: Routes;
  readonly tasks: TaskOptions;
  /** What writes the arguments of calls that nothing else decides for. */
  readonly serializer: string;
}

const OWN_NAMES = [
  'url',
  'token',
  'acceptTimeout',
  'giveUpAfter',
  'outboxLimit',
  'taskRoutes',
  'alwaysEager',
  'clock',
  'openLink',
];
const PROTOCOLS = ['http:', 'https:', 'ws:', 'wss:'];

/** @throws UsageError, OptionError */
export function readAppOptions(given: CeleriacOptions): ReadAppOptions {
  const names = readNames(given, [...OWN_NAMES, ...SHARED_NAMES], 'new Celeriac()', NULLABLE);
  return {
    url: readUrl(names.get('url') ?? defaultUrl()),
    token: readToken(given.token ?? null),
    acceptTimeoutMs: parseDuration(names.get('acceptTimeout') ?? '30s', 'acceptTimeout'),
    giveUpAfterMs: parseDuration(names.get('giveUpAfter') ?? '5m', 'giveUpAfter'),
    outboxLimit: readInteger(
      names.get('outboxLimit') ?? OUTBOX_LIMIT,
      'outboxLimit',
      CALL_LIMIT,
      Number.MAX_SAFE_INTEGER,
    ),
    alwaysEager: readFlag(names.get('alwaysEager') ?? false, 'alwaysEager'),
    clock: given.clock ?? systemClock,
    openLink: given.openLink ?? undefined,
    routes: new Routes(names.get('taskRoutes')),
    tasks: readSharedOptions(names),
    serializer: readSerializerName(names.get('serializer')) ?? 'json',
  };
}

function readUrl(url: unknown): string {
  const address = typeof url === 'string' && url !== '' ? addressOf(url) : '';
  if (URL.canParse(address) && PROTOCOLS.includes(new URL(address).protocol)) return address;
  throw new OptionError('url', `expected url to be like 'http://127.0.0.1:7600', got: ${show(url)}`);
}

function readToken(token: TokenSource): TokenSource {
  if (token === null || typeof token === 'string' || typeof token === 'function') return token;
  throw new OptionError(
    'token',
    `expected token to be a string or a function that gives one, got: ${show(token)}`,
  );
}
