import type { Duration } from '@celeriac/protocol';
import { CALL_LIMIT, option, readOptions } from '@celeriac/protocol/calling';
import type { OptionReader, WireTaskOptions } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import { systemClock } from '@celeriac/runtime/calling';
import { OUTBOX_LIMIT } from './connection/pending-submits.ts';
import type { OpenTransport } from './connection/transport.ts';
import { absoluteUrl, defaultUrl } from './environment.ts';
import type { TokenSource } from './hosting.ts';
import { Routes, type TaskRoutes } from './task/routes.ts';
import { SHARED, type SharedTaskOptions, toWire } from './task/shared-options.ts';

/** What `new Celeriac()` takes. Those of {@link SharedTaskOptions} apply to each task that does not set them itself. */
export interface CeleriacOptions extends SharedTaskOptions {
  /**
   * The URL of the gateway, with its path if it has one; in a page also a path of the page's origin, such as `/celeriac`.
   * @default in Node `CELERIAC_URL`, else `http://127.0.0.1:7600`; in a browser the page's origin
   */
  readonly url?: string | null | undefined;
  /**
   * Proves who the app is. A function is called on each connect, and before a token expires, so the connection continues. With
   * a string the connection ends when the token expires, and all waits reject with `TOKEN_EXPIRED`.
   * @default none
   */
  readonly token?: TokenSource | null | undefined;
  /**
   * A call without a receipt is given up after this time: seconds or `'10s'`.
   * @default 30 s
   */
  readonly acceptTimeout?: Duration | null | undefined;
  /**
   * A `get()` is given up when the gateway has been unreachable for this long: seconds or `'5m'`.
   * @default 5 min
   */
  readonly giveUpAfter?: Duration | null | undefined;
  /**
   * The size of all calls that wait for their receipt: bytes, or a size such as `'64mb'`. Each counts its transmitted size plus
   * 512 bytes. A call beyond that is not made (`NotAcceptedError`, `OUTBOX_FULL`); wait for `app.drained()`.
   * @default 256 MB, which is some 400,000 small calls
   */
  readonly outboxLimit?: number | string | null | undefined;
  /**
   * Options of tasks by their names; a task's own options win: `{ 'media.*': 'media' }`, or a list.
   * @default none
   */
  readonly taskRoutes?: TaskRoutes | null | undefined;
  /**
   * For tests: every call runs in this process, as `task.apply()` does, and nothing is sent.
   * @default false
   */
  readonly alwaysEager?: boolean | null | undefined;
  /**
   * The clock, for tests.
   * @default the clock of the machine
   */
  readonly clock?: Clock | null | undefined;
  /**
   * Connects to the gateway without socket.io; for tests.
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
    'a string, or a function that returns one',
    (given) => typeof given === 'string' || typeof given === 'function',
  ),
  acceptTimeout: option.duration(),
  giveUpAfter: option.duration(),
  outboxLimit: option.bytes(CALL_LIMIT),
  taskRoutes: option.any,
  alwaysEager: option.flag,
  clock: option.part<Clock>('a clock', 'now', 'monotonic', 'after'),
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
