/** What a connection may cost that has not shown a token. */
import { connect } from 'node:net';
import { ManualClock } from '@celeriac/runtime/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask, type Running, shout, startGateway } from '../../test/gateway-setup.ts';
import { RawClient } from '../../test/raw-client.ts';
import { HELLO, RawWorker } from '../../test/raw-worker.ts';
import { bearing, helloWith, KEY, mint as token } from '../../test/token.ts';
import { openHttpServer } from './http/http-server.ts';

const PROTOCOL = { min: 1, max: 1 };
const UPGRADE =
  'GET /worker HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';

async function stranger(running: Running): Promise<RawClient> {
  const client = new RawClient(running.url, { silent: true });
  await client.opened;
  onTestFinished(() => client.terminate());
  return client;
}

describe('finding 6: before a token is accepted a client may say 32 KB', () => {
  test('and a hello above that is not read, whatever its token', async () => {
    const running = await startGateway({ keys: [KEY] });
    const client = await stranger(running);
    client.raw(`40${JSON.stringify({ ...(await helloWith('call:*')), x: 'x'.repeat(40_000) })}`);
    await client.closed;
    expect(running.refusals).toEqual(['FRAME_TOO_LARGE']);
    expect(client.heard('welcome')).toBe(0);
  });

  test('in all: fragments and pings count as well', async () => {
    const running = await startGateway({ keys: [KEY] });
    const one = await stranger(running);
    for (let part = 0; part < 40; part++) one.fragment('x'.repeat(1_000));
    await one.closed;
    expect(running.refusals).toEqual(['FRAME_TOO_LARGE']);
    const other = await stranger(running);
    for (let ping = 0; ping < 400; ping++) other.ping('x'.repeat(120));
    await other.closed;
  });

  test('and more once it is accepted', async () => {
    const running = await startGateway({ keys: [KEY] });
    const client = await running.client({ auth: await helloWith('call:add') });
    client.emit('submit', [['1', 'add', 'x'.repeat(200_000), null, 0]]);
    expect(await client.next('receipts')).toMatchObject([[['1', 1, null, true, expect.any(Number)]]]);
  });

  test('nor may a worker say more', async () => {
    const running = await startGateway({ keys: [KEY] });
    const worker = new RawWorker(running.url);
    await worker.opened;
    worker.raw('x'.repeat(40_000));
    expect(await worker.next('refused')).toMatchObject({ code: 'FRAME_TOO_LARGE' });
    expect((await worker.closed)[0]).toBe(4400);
    const known = await running.worker({ token: await token('work:default') });
    known.send(['settled', [['n', '1', 1, ['success', 'x'.repeat(200_000)]]]]);
    expect(await known.next('acks')).toEqual([['n', 'unknown']]);
  });
});

test.each(['/worker', '/socket.io/?EIO=4&transport=websocket'])(
  'who pings faster than the answers leave is hung up on: %s',
  async (path) => {
    const running = await startGateway({ keys: [KEY], clock: new ManualClock() });
    const { port, hostname } = new URL(running.url);
    const socket = connect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    const upgraded = new Promise((resolve) => socket.once('data', resolve));
    socket.write(UPGRADE.replace('/worker', path));
    await upgraded;
    let heard = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      heard += chunk;
    });
    // The pongs to what comes at once leave at once, but not before all of it is read.
    const ping = Buffer.from([0x89, 0x80, 0, 0, 0, 0]);
    socket.write(Buffer.concat(new Array<Buffer>(40).fill(ping)));
    await closed;
    // Not for having left engine.io's own ping unanswered.
    expect(heard).not.toContain('\x81\x012');
  },
);

describe('finding 12: a connection says hello once', () => {
  test('and a second one, while the first waits for its answer, costs it the connection', async () => {
    const running = await startGateway({ keys: [KEY] });
    const client = await stranger(running);
    const hello = `40${JSON.stringify(await helloWith('call:*'))}`;
    for (let again = 0; again < 100; again++) client.raw(hello);
    await client.closed;
    expect(running.refusals).toEqual(['BAD_FRAME']);
    expect(client.heard('welcome')).toBe(0);
  });

  test.each(['40/other,{}', '2', '42["submit",[]]'])('nor does it say %s first', async (packet) => {
    const running = await startGateway({ keys: [KEY] });
    const client = await stranger(running);
    client.raw(packet);
    client.raw(`40${JSON.stringify(await helloWith('call:*'))}`);
    await client.closed;
    expect(client.heard('welcome')).toBe(0);
  });

  test.each(['sid', 's%69d'])('nor may another connection join one that is let in: %s', async (name) => {
    const running = await startGateway();
    const client = await running.client();
    const sid = await client.opened;
    const answer = await shout(
      running.url,
      UPGRADE.replace('/worker', `/socket.io/?EIO=4&transport=websocket&${name}=${sid}`),
    );
    expect(answer).not.toContain('101 ');
    expect(await client.ask('get', [])).toEqual({ ok: [] });
  });

  test('and one that is refused is the last: nothing more is heard', async () => {
    const running = await startGateway({ keys: [KEY] });
    const client = await stranger(running);
    client.raw(`40${JSON.stringify({ protocol: PROTOCOL, token: 'x' })}`);
    await client.next('refused hello');
    client.raw(`40${JSON.stringify(await helloWith('call:*'))}`);
    await client.closed;
    expect(running.refusals).toEqual(['UNAUTHENTICATED']);
  });

  test('and bad tokens take no place in the connect pacer', async () => {
    // A clock that stands still lets fifty in, and the others when it moves.
    const clock = new ManualClock();
    const running = await startGateway({ keys: [KEY], clock });
    for (let one = 0; one < 60; one++) {
      const client = new RawClient(running.url, { auth: { protocol: PROTOCOL, token: 'x' } });
      await client.next('refused hello');
      client.terminate();
    }
    const now = Math.floor(clock.now() / 1_000);
    await running.client(await bearing('call:*', { iat: now, exp: now + 60 }));
  });
});

describe('finding 11: after a refusal nothing more is read', () => {
  test('of a worker that is a stranger: one refusal, however much it says', async () => {
    const running = await startGateway({ keys: [KEY] });
    const worker = new RawWorker(running.url);
    await worker.opened;
    for (let frame = 0; frame < 20; frame++) worker.send(['hello', { ...HELLO, token: 'x' }]);
    await worker.closed;
    expect(running.refusals).toHaveLength(1);
  });

  test('and what a worker reports after a malformed frame does not count', async () => {
    const running = await startGateway();
    const worker = await running.worker();
    const client = await running.client();
    client.emit('submit', [['1', 'add', '', null, 0]]);
    const [assignment] = await worker.next('assign');
    worker.raw('{');
    worker.send(['settled', [[assignment?.[0], '1', 1, ['success', '"believe me"']]]]);
    await worker.closed;
    expect(await client.ask('get', ['1'])).toMatchObject({ ok: [{ id: '1', state: 'PENDING' }] });
    expect(running.refusals).toEqual(['BAD_FRAME']);
  });

  test('of a client after a malformed frame', async () => {
    const running = await startGateway();
    const client = await running.client();
    const other = await running.client();
    client.emit('submit', 'nonsense');
    client.emit('submit', [['1', 'add', '', null, 0]]);
    await client.closed;
    expect(await other.ask('get', ['1'])).toMatchObject({ ok: [{ known: false }] });
  });
});

describe('finding 25: who says nothing does not stay', () => {
  test('on either link', async () => {
    const clock = new ManualClock();
    const running = await startGateway({ clock });
    const client = await stranger(running);
    const worker = new RawWorker(running.url);
    await worker.opened;
    await clock.advance(4_999);
    expect(running.refusals).toEqual([]);
    await clock.advance(1);
    expect(await client.next('refused hello')).toMatchObject([{ data: { code: 'OVERLOADED' } }]);
    expect(await worker.next('refused')).toMatchObject({ code: 'OVERLOADED' });
    await Promise.all([client.closed, worker.closed]);
  });

  test('also when it takes no part in the closing handshake', async () => {
    const clock = new ManualClock();
    const running = await startGateway({ clock });
    const { hostname, port } = new URL(running.url);
    const socket = connect(Number(port), hostname, () => socket.write(UPGRADE));
    await new Promise((resolve) => socket.once('data', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    await clock.advance(6_000);
    await closed;
  });

  test.each([
    ['nothing at all', ''],
    ['a request without an end', 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: '],
    ['a body without an end', 'POST /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nx'],
  ])('nor on the port itself: %s', async (_, text) => {
    const server = openHttpServer(() => undefined, { requestMs: 50, silentMs: 1_000, everyMs: 10 });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('expected a port');
    await shout(`http://127.0.0.1:${address.port}`, text);
  });

  test('and who does not read the answer goes as well', async () => {
    const server = openHttpServer((_, response) => response.end('x'.repeat(50_000_000)), {
      requestMs: 50,
      silentMs: 50,
      everyMs: 10,
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('expected a port');
    const gone = new Promise((resolve) =>
      server.once('connection', (socket) => socket.once('close', resolve)),
    );
    const deaf = connect(address.port, '127.0.0.1', () => deaf.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
    deaf.on('error', () => {});
    deaf.pause();
    await gone;
    deaf.destroy();
  });
});

describe('finding 25: connections are bounded', () => {
  test('of one address, of which one that goes makes room', async () => {
    const running = await startGateway({ maxConnectionsPerAddress: 2 });
    const first = await running.client();
    await running.worker();
    const third = new RawClient(running.url);
    expect(await third.next('turned')).toMatchObject([{ status: 503 }]);
    const worker = new RawWorker(running.url);
    expect(await worker.turned).toBe(503);
    expect(running.refusals).toEqual(['TOO_MANY_CONNECTIONS', 'TOO_MANY_CONNECTIONS']);
    expect((await ask(running.url, '/healthz')).status).toBe(200);
    first.terminate();
    await first.closed;
    // The gateway hears of it before it answers what comes after.
    await ask(running.url, '/healthz');
    await running.client();
  });

  test('in all', async () => {
    const running = await startGateway({ maxConnections: 1 });
    await running.client();
    expect(await new RawWorker(running.url).turned).toBe(503);
  });

  test('and closer while no token is accepted: then others go on, and get in when there is room', async () => {
    const running = await startGateway({ maxPending: 3, keys: [KEY] });
    const client = await running.client({ auth: await helloWith('call:*') });
    const silent = [await stranger(running), await stranger(running), await stranger(running)];
    expect(await shout(running.url, UPGRADE)).toBe('');
    expect(running.refusals).toEqual(['TOO_MANY_CONNECTIONS']);
    client.emit('submit', [['1', 'add', '', null, 0]]);
    await client.next('receipts');
    const [one] = silent;
    one?.raw(`40${JSON.stringify(await helloWith('call:*'))}`);
    await one?.next('welcome');
    await running.client({ auth: await helloWith('call:*') });
  });
});
