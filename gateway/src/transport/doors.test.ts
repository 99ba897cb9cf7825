/** Who is let in, on each of the gateway's doors. */
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from '@celeriac/token/internal';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { ask, startGateway } from '../../test/gateway-setup.ts';
import { RawClient } from '../../test/raw-client.ts';
import { BEAT, RawWorker } from '../../test/raw-worker.ts';

const KEY = 'k'.repeat(32);

function token(scope: string): Promise<string> {
  return new SignJWT({ scope })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(TOKEN_AUDIENCE)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(KEY));
}

const FOREIGN = [
  ['page', { origin: 'https://evil.example' }, 'BAD_ORIGIN'],
  ['host name', { host: 'evil.example' }, 'BAD_HOST'],
] as const;

describe('health', () => {
  test.each([
    ['/healthz', 200, { status: 'ok' }],
    ['/readyz', 200, { status: 'ready', why: 'takes work', stallMs: 0 }],
    ['/healthz?verbose', 200, { status: 'ok' }],
  ])('at %s is %d', async (path, status, body) => {
    const { url } = await startGateway();
    expect(await ask(url, path)).toEqual({ status, body });
  });

  test('is all that is there', async () => {
    const { url } = await startGateway();
    expect(await ask(url, '/')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await ask(url, '/healthz/more')).toMatchObject({ status: 404 });
  });

  test.each(FOREIGN)('is not for a foreign %s', async (_, headers, code) => {
    const { url } = await startGateway();
    for (const path of ['/healthz', '/readyz', '/metrics', '/']) {
      expect(await ask(url, path, headers)).toMatchObject({ status: 403, body: { code } });
    }
  });
});

test('a gateway with a path has everything below it, and nothing beside', async () => {
  const { gateway, url, client, worker } = await startGateway({ path: '/celeriac/' });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/celeriac$/);
  const { origin } = new URL(url);
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    expect(await ask(origin, `/celeriac${path}`)).toMatchObject({ status: 200 });
    expect(await ask(origin, path)).toMatchObject({ status: 404 });
  }
  expect(await ask(origin, '/celeriac/socket.io/?EIO=4&transport=polling')).toMatchObject({ status: 400 });
  await client();
  await worker();
  const socket = new RawWorker(origin);
  expect(await Promise.race([socket.opened.then(() => 'open'), socket.closed])).toEqual([1006, '']);
  const cut = { url: '/healthz', originalUrl: '/celeriac/healthz', headers: { host: 'localhost' } };
  const answered = { headersSent: false, writeHead: () => answered, end: () => answered };
  expect(gateway.handle(cut as never, answered as never)).toBe(true);
});

describe('the endpoint of clients', () => {
  test.each(FOREIGN)('is not for a foreign %s', async (_, headers, code) => {
    const { url, refusals } = await startGateway();
    const client = new RawClient(url, { headers });
    const [turned] = await client.next('turned');
    expect(turned).toMatchObject({
      status: expect.toSatisfy((status: number) => status === 400 || status === 403),
    });
    expect(refusals).toEqual([code]);
  });

  test.each(FOREIGN)(
    'tells our own client on a foreign %s why, over its WebSocket',
    async (_, headers, code) => {
      const { url, refusals } = await startGateway();
      const client = new RawClient(url, { headers, marked: true });
      expect(await client.next('refused hello')).toMatchObject([
        { message: expect.stringContaining('evil.example'), data: { code, retryAfterMs: null } },
      ]);
      await client.closed;
      expect(client.heard('welcome')).toBe(0);
      expect(refusals).toEqual([code]);
    },
  );

  test('is not for more foreign pages than strangers, whatever they are told', async () => {
    const { url, refusals } = await startGateway({ maxConnectionsPerAddress: 1 });
    const first = await RawClient.welcomed(url);
    const client = new RawClient(url, { headers: { origin: 'https://evil.example' }, marked: true });
    expect(await client.next('turned')).toMatchObject([{ status: 503 }]);
    expect(refusals).toEqual(['TOO_MANY_CONNECTIONS']);
    first.terminate();
  });

  test('does not poll: what is no WebSocket is turned away, whatever its origin', async () => {
    const { url } = await startGateway();
    expect((await ask(url, '/socket.io/?EIO=4&transport=polling')).status).toBe(400);
  });

  test('welcomes, and says what holds', async () => {
    const { url } = await startGateway();
    const client = new RawClient(url);
    const [welcome] = await client.next('welcome');
    expect(welcome).toEqual({
      protocol: 1,
      epoch: expect.any(String),
      now: expect.any(Number),
      limits: {
        payload: 262_144,
        frame: 2_097_152,
        call: 1_048_576,
        inFlightTasks: 50_000,
        inFlightBytes: 16_777_216,
      },
    });
    client.terminate();
  });

  test('refuses another protocol, naming both ranges', async () => {
    const { url, refusals } = await startGateway();
    const client = new RawClient(url, { auth: { protocol: { min: 7, max: 9 }, token: null } });
    expect(await client.next('refused hello')).toMatchObject([
      {
        message: 'this gateway speaks protocol 1 to 1, the client 7 to 9',
        data: { code: 'UNSUPPORTED_PROTOCOL' },
      },
    ]);
    expect(refusals).toEqual(['UNSUPPORTED_PROTOCOL']);
    client.terminate();
  });

  test('takes no notice of what it does not know, in a hello and in a call', async () => {
    const { client: connect, refusals } = await startGateway();
    const client = await connect({
      auth: { protocol: { min: 1, max: 1, wished: 2 }, token: null, colour: 'red' },
    });
    client.emit('define', [['add', { queue: 'media', colour: 'red' }]]);
    client.emit('submit', [['1', 'add', '[2,2]', { priority: 1, colour: 'red' }, 0, null, null, 'red']]);
    expect(await client.next('receipts')).toEqual([[['1', 1, null, true, expect.any(Number)]]]);
    client.emit('watch', { epoch: null, tasks: [['1', 0]], colour: 'red' });
    expect(await client.next('snapshots')).toMatchObject([[{ id: '1', queue: null }]]);
    expect(refusals).toEqual([]);
  });

  test.each([[{}], [{ protocol: 1 }], [{ protocol: { min: 1, max: 1 }, token: 5 }]])(
    'refuses a hello that is none: %j',
    async (auth) => {
      const { url } = await startGateway();
      const client = new RawClient(url, { auth });
      expect(await client.next('refused hello')).toMatchObject([{ data: { code: 'BAD_FRAME' } }]);
      client.terminate();
    },
  );

  test('hears nothing from one who was not welcomed', async () => {
    const { url } = await startGateway({ keys: [KEY] });
    const stranger = new RawClient(url);
    await stranger.next('refused hello');
    stranger.emit('submit', [['1', 'add', '', null, 0]]);
    const client = await RawClient.welcomed(url, {
      auth: { protocol: { min: 1, max: 1 }, token: await token('read:*') },
    });
    expect(await client.ask('get', ['1'])).toMatchObject({ ok: [{ known: false }] });
    stranger.terminate();
    client.terminate();
  });

  test.each([null, 'x', ''])('wants a token where there are keys, not %j', async (given) => {
    const { url } = await startGateway({ keys: [KEY] });
    const client = new RawClient(url, { auth: { protocol: { min: 1, max: 1 }, token: given } });
    expect(await client.next('refused hello')).toMatchObject([
      { data: { code: given === '' ? 'BAD_FRAME' : 'UNAUTHENTICATED' } },
    ]);
    client.terminate();
  });

  test('lets a token do what its scopes say, item by item', async () => {
    const { client: connect } = await startGateway({ keys: [KEY] });
    const auth = { protocol: { min: 1, max: 1 }, token: await token('call:add read:mine') };
    const client = await connect({ auth });
    client.emit('submit', [
      ['mine', 'add', '', null, 0],
      ['not', 'drop', '', null, 0],
    ]);
    expect(await client.next('receipts')).toEqual([
      [['not', 0, 'FORBIDDEN', 'this token may not call drop (needs call:drop)', null]],
    ]);
    expect(await client.next('receipts')).toEqual([[['mine', 1, null, true, expect.any(Number)]]]);
    expect(await client.ask('get', ['mine'])).toMatchObject({ ok: [{ id: 'mine', known: true }] });
    expect(await client.ask('get', ['other', 'mine'])).toMatchObject({ ok: [null, { id: 'mine' }] });
    expect(await client.ask('revoke', [['mine', false, 0]])).toEqual({ ok: [null] });
    client.emit('watch', { epoch: null, tasks: [['other', 0]] });
    expect(await client.next('refused')).toMatchObject([{ code: 'FORBIDDEN' }]);
    client.emit('define', [['drop', {}]]);
    expect(await client.next('refused')).toMatchObject([{ code: 'FORBIDDEN' }]);
    // Not being allowed is no nonsense: the connection stays.
    expect(await client.ask('get', ['mine'])).toMatchObject({ ok: [{ id: 'mine' }] });
  });
});

describe('the endpoint of workers', () => {
  test.each(FOREIGN)('is not for a foreign %s', async (_, headers, code) => {
    const { url, refusals } = await startGateway();
    const worker = new RawWorker(url, headers);
    expect(await worker.turned).toBe(403);
    expect(await worker.told).toEqual({
      code,
      message: expect.stringContaining('evil.example'),
      retryAfterMs: null,
    });
    expect(refusals).toEqual([code]);
  });

  test('welcomes, and says what holds', async () => {
    const { url } = await startGateway({ lease: '12s' });
    const worker = await RawWorker.greeting(url);
    expect(await worker.next('welcome')).toEqual({
      protocol: 1,
      session: expect.any(String),
      resumed: false,
      epoch: expect.any(String),
      lost: [],
      leaseMs: 12_000,
      heartbeatMs: 2_000,
      payloadLimit: 262_144,
      frameLimit: 2_097_152,
    });
    worker.send(['beat', BEAT]);
    expect(await worker.next('beat')).toBe(17);
    worker.terminate();
  });

  test('takes no notice of what it does not know, in a hello and in a definition', async () => {
    const { client: connect, worker: connectWorker, refusals } = await startGateway();
    const options = { queue: 'media', colour: 'red' };
    const hello = {
      queues: ['media'],
      definitions: [{ name: 'add', options, arity: null, params: null, colour: 'red' }],
      colour: 'red',
    };
    const worker = await connectWorker(hello);
    const client = await connect();
    client.emit('submit', [['1', 'add', '[2,2]', null, 0]]);
    expect(await worker.works()).toHaveLength(1);
    expect((await client.ended('1'))[3]).toBe('SUCCESS');
    expect(refusals).toEqual([]);
  });

  test('refuses another protocol, naming both ranges', async () => {
    const { url } = await startGateway();
    const worker = await RawWorker.greeting(url, { protocol: { min: 7, max: 9 } });
    expect(await worker.next('refused')).toEqual({
      code: 'UNSUPPORTED_PROTOCOL',
      message: 'this gateway speaks protocol 1 to 1, the worker 7 to 9',
    });
    expect((await worker.closed)[0]).toBe(4426);
  });

  test('refuses the name of a worker that is there, and tells the worker and the log', async () => {
    const { url, gateway, client: connect, worker: connectWorker } = await startGateway();
    const told: unknown[] = [];
    gateway.telemetry.on('refused', ({ code, about }) => told.push([code, about]));
    const first = await connectWorker({ machine: 'm1', pid: 4711 });
    const second = await RawWorker.greeting(url, { bootId: 'another', machine: 'm1' });
    const holder = { session: expect.any(String), pid: 4711 };
    const refused = await second.next('refused');
    expect(refused).toMatchObject({ code: 'NAME_TAKEN', holder });
    expect(refused).not.toHaveProperty('retryAfterMs');
    expect((await second.closed)[0]).toBe(4410);
    expect(told).toEqual([['NAME_TAKEN', ['w1']]]);
    const client = await connect();
    client.emit('submit', [['1', 'add', '[2,2]', null, 0]]);
    expect(await first.works()).toHaveLength(1);
    expect((await client.ended('1'))[3]).toBe('SUCCESS');
  });

  test('wants a token where there are keys', async () => {
    const { url } = await startGateway({ keys: [KEY] });
    const worker = await RawWorker.greeting(url);
    expect(await worker.next('refused')).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await worker.closed)[0]).toBe(4401);
  });

  test.each([
    ['work:default', ['default'], true],
    ['work:*', ['default', 'lopri'], true],
    ['work:default', ['default', 'lopri'], false],
    ['call:*', ['default'], false],
  ])('lets a token with %s work on %j: %s', async (scope, queues, allowed) => {
    const { url } = await startGateway({ keys: [KEY] });
    const worker = await RawWorker.greeting(url, { token: await token(scope), queues });
    if (allowed) {
      await worker.next('welcome');
      worker.terminate();
    } else {
      expect(await worker.next('refused')).toMatchObject({ code: 'FORBIDDEN' });
      expect((await worker.closed)[0]).toBe(4403);
    }
  });

  test('refuses a worker of no queue: it would need no scope, and still define tasks', async () => {
    const { url } = await startGateway({ keys: [KEY] });
    const worker = await RawWorker.greeting(url, { token: await token('call:*'), queues: [] });
    expect(await worker.next('refused')).toEqual({
      code: 'BAD_FRAME',
      message: 'expected hello.queues to name a queue, got none',
    });
    expect((await worker.closed)[0]).toBe(4400);
  });

  test('does not hear what a replaced connection still says', async () => {
    const running = await startGateway();
    const first = await RawWorker.greeting(running.url);
    const { session } = await first.next('welcome');
    first.hang();
    const second = await RawWorker.greeting(running.url, { session });
    await second.next('welcome');
    first.send(['bye', null]);
    first.send(['capacity', 0]);
    // Enough turns for those to arrive: the gateway answers this one's beats in the order of the sockets.
    const other = await RawWorker.greeting(running.url, { name: 'other', queues: ['other'] });
    await other.next('welcome');
    const client = await running.client();
    client.emit('submit', [['1', 'add', '', null, 0]]);
    await second.works();
    expect((await client.ended('1'))[3]).toBe('SUCCESS');
    for (const worker of [first, second, other]) worker.terminate();
  });

  test('replaces the connection of a session that is resumed', async () => {
    const running = await startGateway();
    const first = await RawWorker.greeting(running.url);
    const { session } = await first.next('welcome');
    const second = await RawWorker.greeting(running.url, { session });
    expect(await second.next('welcome')).toMatchObject({ resumed: true, session });
    expect((await first.closed)[0]).toBe(4409);
    second.terminate();
  });
});
