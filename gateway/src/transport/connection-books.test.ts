/** The books of both links together: connections, visits, stays, quotas and the timers of those who say hello. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { RefusedError } from '@celeriac/protocol';
import { DEFAULT_LIMITS } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { setup as setupBroker } from '../../test/broker-setup.ts';
import { RawClient } from '../../test/raw-client.ts';
import { BEAT, HELLO, RawWorker } from '../../test/raw-worker.ts';
import { TurningClock } from '../../test/turning-clock.ts';
import { Gatekeeper } from './auth/gatekeeper.ts';
import { OPEN_GRANT } from './auth/grant.ts';
import { NO_LIMITS } from './auth/subject-limits.ts';
import { ClientEndpoint } from './client/client-endpoint.ts';
import { Connections } from './connections.ts';
import type { TransportContext } from './context.ts';
import { openHttpServer } from './http/http-server.ts';
import { WorkerEndpoint } from './worker/worker-endpoint.ts';

/** Both links on one server. A token names its subject; one that is `held` is looked at until {@link lookedAt}. */
async function setup() {
  const world = await setupBroker();
  const clock = new TurningClock();
  const looks: (() => void)[] = [];
  const lookedAt = (): void => {
    for (const look of looks.splice(0)) look();
  };
  const gatekeeper = new Gatekeeper(
    {
      clock,
      broker: world.broker,
      authenticate: async (token) => {
        if (token === null) throw new RefusedError('UNAUTHENTICATED', 'no token');
        if (token.startsWith('held')) await new Promise<void>((resolve) => looks.push(resolve));
        const expiresAt = clock.now() + 3_600_000;
        return { ...OPEN_GRANT, subject: token, scopes: ['call:*', 'work:*'], expiresAt };
      },
    },
    NO_LIMITS,
  );
  const connections = new Connections({
    maxConnections: 100,
    maxConnectionsPerAddress: 100,
    maxPending: 100,
  });
  const context: TransportContext = {
    broker: world.broker,
    clock,
    telemetry: world.telemetry,
    gatekeeper,
    origins: { allowOrigin: [], allowHost: null },
    connections,
    limits: DEFAULT_LIMITS,
    path: '',
  };
  const server = openHttpServer((_, response) => response.end());
  server.on('connection', (socket) => void connections.arrive(socket));
  const links = {
    client: new ClientEndpoint(server, context, () => 0.5),
    worker: new WorkerEndpoint(server, context, { leaseMs: 30_000, heartbeatMs: 5_000 }),
  };
  for (const link of Object.values(links)) link.start();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
  });
  return {
    ...world,
    clock,
    connections,
    gatekeeper,
    lookedAt,
    links,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
}
type Setup = Awaited<ReturnType<typeof setup>>;

const auth = (token: string | null): { readonly auth: object } => ({
  auth: { protocol: HELLO.protocol, token },
});

/** How far somebody comes; then it is gone. */
const VISITS: Readonly<Record<string, (setup: Setup) => Promise<{ terminate(): void }>>> = {
  'a client that says nothing': async ({ url }) => {
    const client = new RawClient(url, { silent: true });
    await client.opened;
    return client;
  },
  'a client whose token is looked at': async ({ url }) => {
    const client = new RawClient(url, auth('held client'));
    await client.opened;
    return client;
  },
  'a client that is refused': async ({ url }) => {
    const client = new RawClient(url, auth(null));
    await client.next('refused hello');
    return client;
  },
  'a client that is welcome': async ({ url }) => RawClient.welcomed(url, auth('client')),
  'a worker that says nothing': async ({ url }) => {
    const worker = new RawWorker(url);
    await worker.opened;
    return worker;
  },
  'a worker whose token is looked at': async ({ url }) => RawWorker.greeting(url, { token: 'held worker' }),
  'a worker that is refused': async ({ url }) => {
    const worker = await RawWorker.greeting(url);
    await worker.next('refused');
    return worker;
  },
  'a worker that has knocked': async ({ url }) => {
    const worker = await knocking(url);
    await worker.next('admitted');
    return worker;
  },
  'a worker that has knocked and is welcome': async ({ url }) => {
    const worker = await knocking(url);
    await worker.next('admitted');
    worker.send(['hello', { ...HELLO, token: 'knocks' }]);
    await worker.next('welcome');
    return worker;
  },
  'a worker that is welcome': async ({ url }) => RawWorker.welcomed(url, { token: 'worker' }),
};

async function knocking(url: string): Promise<RawWorker> {
  const worker = new RawWorker(url);
  await worker.opened;
  worker.send(['knock', { protocol: HELLO.protocol, token: 'knocks' }]);
  return worker;
}

function booksOf({ clock, connections, gatekeeper, links }: Setup): object {
  return {
    timers: clock.timers,
    addresses: connections.addresses,
    stays: gatekeeper.stays,
    subjects: gatekeeper.quotas.size,
    visits: links.client.visits,
  };
}
const BALANCED = { timers: 0, addresses: 0, stays: 0, subjects: 0, visits: 0 };

const visit = fc.record({
  who: fc.constantFrom(...Object.keys(VISITS)),
  leaves: fc.boolean(),
  looked: fc.constantFrom('before', 'after'),
});

/** Nothing; what a stranger may take; what the rest of a hello may take. */
const passes = fc.constantFrom(0, 6_000, 40_000);

test('whoever comes on either link, and however far: nothing of it is left when it is gone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(visit, { minLength: 1, maxLength: 8 }), passes, async (visits, ms) => {
      const here = await setup();
      const guests: { terminate(): void }[] = [];
      for (const { who, leaves, looked } of visits) {
        const guest = await VISITS[who]?.(here);
        if (guest === undefined) continue;
        if (looked === 'before') here.lookedAt();
        if (leaves) guest.terminate();
        else guests.push(guest);
      }
      await here.clock.advance(ms);
      for (const guest of guests) guest.terminate();
      await vi.waitFor(() => expect(here.connections.addresses).toBe(0));
      here.lookedAt();
      // The pacer's turn, which is nobody's.
      await here.clock.advance(50);
      await vi.waitFor(() => expect(booksOf(here)).toEqual(BALANCED));
    }),
    { numRuns: 25 },
  );
});

test('a client that goes while others are let in before it gives its place back', async () => {
  const here = await setup();
  const crowd = await Promise.all(
    Array.from({ length: 50 }, (_, number) => RawClient.welcomed(here.url, auth(`client ${number}`))),
  );
  const late = new RawClient(here.url, auth('late'));
  await vi.waitFor(() => expect(here.gatekeeper.quotas.size).toBe(51));
  late.terminate();
  await vi.waitFor(() => expect(here.gatekeeper.quotas.size).toBe(50));
  for (const client of crowd) client.terminate();
  await vi.waitFor(() => expect(here.connections.addresses).toBe(0));
  await here.clock.advance(100);
  await vi.waitFor(() => expect(booksOf(here)).toEqual(BALANCED));
});

test('a worker that has said all of itself after its knock has no time limit any more', async () => {
  const here = await setup();
  const worker = await VISITS['a worker that has knocked and is welcome']?.(here);
  if (!(worker instanceof RawWorker)) throw new Error('no such visit');
  expect(here.clock.timers).toBe(1);
  await here.clock.advance(40_000);
  worker.send(['beat', BEAT]);
  const answers = worker.next('beat').then(() => 'is answered');
  expect(await Promise.race([answers, worker.closed])).toBe('is answered');
  worker.terminate();
});
