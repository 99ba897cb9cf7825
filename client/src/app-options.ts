import type { Duration } from '@celeriac/protocol';
import type { WireTaskOptions } from '@celeriac/protocol/internal';
import { CALL_LIMIT, type OptionReader, option, readOptions } from '@celeriac/protocol/internal';
import { type Clock, systemClock } from '@celeriac/runtime';
import { OUTBOX_LIMIT } from './connection/pending-submits.ts';
import type { OpenTransport } from './connection/transport.ts';
import { absoluteUrl, defaultUrl } from './environment.ts';
import type { TokenSource } from './hosting.ts';
import { Routes, type TaskRoutes } from './task/routes.ts';
import { SHARED, type SharedTaskOptions, toWire } from './task/task-options.ts';

/** What `new Celeriac()` takes. Those of {@link SharedTaskOptions} hold for each task that does not say otherwise. */
export interface CeleriacOptions extends SharedTaskOptions {
  /**
   * The gateway, with the path that it lives below, if any; in a page a path of its origin, such as `/celeriac`.
   * @default in Node `CELERIAC_URL`, else `http://127.0.0.1:7600`; in a browser the page's origin
   */
  readonly url?: string | null | undefined;
  /**
   * Who the app is. A factory is called on each connect, and before a token expires, so that the connection goes on;
   * with a string it ends when its token does, and whatever waits is told so (`TOKEN_EXPIRED`).
   * @default none
   */
  readonly token?: TokenSource | null | undefined;
  /**
   * A call without a receipt is given up after this long: seconds or `'10s'`.
   * @default 30 s
   */
  readonly acceptTimeout?: Duration | null | undefined;
  /**
   * A `get()` is given up when the gateway has been unreachable for this long.
   * @default 5 min
   */
  readonly giveUpAfter?: Duration | null | undefined;
  /**
   * What all calls together may take that wait for their receipt: bytes, or a size such as `'64mb'`. Each counts as it travels,
   * with 512 for what is kept of it here. A call beyond it is not made (`NotAcceptedError`, `OUTBOX_FULL`);
   * `app.drained()` is what to wait for.
   * @default 256 MB, which is some 400,000 small calls
   */
  readonly outboxLimit?: number | string | null | undefined;
  /**
   * Options of tasks by their names, below the task's own: `{ 'media.*': 'media' }`, or a list.
   * @default none
   */
  readonly taskRoutes?: TaskRoutes | null | undefined;
  /**
   * For tests: every call runs in this process, as `task.apply()` does, and nothing is sent.
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
   * @internal
   */
  readonly openTransport?: OpenTransport | null | undefined;
}

export interface ReadAppOptions {
  readonly url: string;
  readonly token: TokenSource;
  readonly acceptTimeoutMs: number;
  readonly giveUpAfterMs: number;
  readonly outboxLimit: number;
  readonly alwaysEager: boolean;
  readonly clock: Clock;
  readonly openTransport: OpenTransport | undefined;
  readonly routes: Routes;
  readonly tasks: WireTaskOptions;
  /** What writes the arguments of calls that nothing else decides for. */
  readonly serializer: string;
}

const APP = {
  ...SHARED,
  url: readUrl,
  token: option.value<TokenSource>(
    'a string, or a function that gives one',
    (given) => typeof given === 'string' || typeof given === 'function',
  ),
  acceptTimeout: option.duration(),
  giveUpAfter: option.duration(),
  outboxLimit: option.bytes(CALL_LIMIT),
  taskRoutes: option.any,
  alwaysEager: option.flag,
  clock: option.part<Clock>('a clock'),
  openTransport: option.callback<OpenTransport>(),
} satisfies { readonly [Name in keyof Required<CeleriacOptions>]: OptionReader<unknown> };
const PROTOCOLS = ['http:', 'https:', 'ws:', 'wss:'];

/** @throws UsageError, OptionError */
export function readAppOptions(given: CeleriacOptions): ReadAppOptions {
  const {
    url = readUrl(defaultUrl(), 'url'),
    token = null,
    acceptTimeout: acceptTimeoutMs = 30_000,
    giveUpAfter: giveUpAfterMs = 300_000,
    outboxLimit = OUTBOX_LIMIT,
    taskRoutes,
    alwaysEager = false,
    clock = systemClock,
    openTransport,
    ...shared
  } = readOptions(given, APP, 'new Celeriac()');
  return {
    ...{ url, token, acceptTimeoutMs, giveUpAfterMs, outboxLimit, alwaysEager, clock, openTransport },
    routes: new Routes(taskRoutes),
    tasks: toWire(shared),
    serializer: shared.serializer ?? 'json',
  };
}

function readUrl(given: unknown, name: string): string {
  const address = typeof given === 'string' && given !== '' ? absoluteUrl(given) : '';
  if (URL.canParse(address) && PROTOCOLS.includes(new URL(address).protocol)) return address;
  throw option.expected(name, "a URL such as 'http://127.0.0.1:7600'", given);
}
