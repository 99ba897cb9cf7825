import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PROTOCOL } from '@celeriac/protocol';
import { type ClientWelcome, DEFAULT_LIMITS, type Receipt } from '@celeriac/protocol/internal';
import { type Clock, systemClock } from '@celeriac/runtime';
import { ManualClock } from '@celeriac/runtime/testing';
import { Server } from 'socket.io';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { TokenSource } from '../hosting.ts';
import { openSocket as openNodeSocket } from './node-socket.ts';
import { openSocket as openPageSocket } from './page-socket.ts';
import { openTransportOver } from './socket-transport.ts';
import type { Transport, TransportEvents, TransportLoss } from './transport.ts';

const WELCOME: ClientWelcome = { protocol: 1, epoch: 'e', now: 0, limits: DEFAULT_LIMITS };

describe.each([
  ['socket.io-client', openNodeSocket],
  ['the WebSocket of a page', openPageSocket],
])('over %s', (over, openSocket) => {
  let http: HttpServer;
  let io: Server;
  let transports: Transport[];
  beforeEach(async () => {
    http = createServer();
    io = new Server(http, { transports: ['websocket'], path: '/base/socket.io' });
    transports = [];
    await new Promise<void>((done) => {
      http.listen(0, '127.0.0.1', done);
    });
  });
  afterEach(async () => {
    for (const transport of transports) transport.close();
    await io.close();
  });

  const url = (): string => `http://127.0.0.1:${(http.address() as AddressInfo).port}/base/`;

  interface Heard {
    readonly welcome: Promise<ClientWelcome>;
    readonly receipts: Promise<readonly Receipt[]>;
    readonly lost: Promise<TransportLoss>;
    readonly transport: Transport;
  }

  function open(
    token: TokenSource = null,
    home = url(),
    outlastsRefusals = false,
    clock: Clock = systemClock,
  ): Heard {
    const heard: Partial<Record<keyof TransportEvents, (value: never) => void>> = {};
    const when = <Value>(event: keyof TransportEvents): Promise<Value> =>
      new Promise((resolve) => {
        heard[event] = resolve as (value: never) => void;
      });
    const welcome = when<ClientWelcome>('welcome');
    const receipts = when<readonly Receipt[]>('receipts');
    const lost = when<TransportLoss>('lost');
    const events = {
      events() {},
      snapshots() {},
      refused() {},
      goaway() {},
      ...heard,
    } as unknown as TransportEvents;
    const transport = openTransportOver(openSocket, { url: home, token, outlastsRefusals }, events, clock);
    transports.push(transport);
    return { welcome, receipts, lost, transport };
  }

  test('introduces itself with its protocol and a token asked anew for each transport', async () => {
    const frameLimit = 4 * 1024 * 1024;
    const hellos: unknown[] = [];
    io.on('connection', (socket) => {
      hellos.push(socket.handshake.auth);
      socket.emit('welcome', WELCOME);
    });
    let asked = 0;
    const token = async (): Promise<string> => `token ${++asked}`;
    expect(await open(token).welcome).toEqual(WELCOME);
    await open(token).welcome;
    await open('fixed').welcome;
    await open().welcome;
    expect(hellos).toEqual([
      { protocol: PROTOCOL, token: 'token 1', frameLimit },
      { protocol: PROTOCOL, token: 'token 2', frameLimit },
      { protocol: PROTOCOL, token: 'fixed', frameLimit },
      { protocol: PROTOCOL, token: null, frameLimit },
    ]);
  });

  test('carries frames both ways, and answers to questions', async () => {
    io.on('connection', (socket) => {
      socket.on('submit', (items: [string][]) => {
        socket.emit(
          'receipts',
          items.map(([id]): Receipt => [id, 1, 'default', true, 1]),
        );
      });
      socket.on('revoke', (items: unknown[], answer: (answer: unknown) => void) => {
        answer({ ok: items.map(() => 'prevented') });
      });
      socket.emit('welcome', WELCOME);
    });
    const { transport, welcome, receipts } = open();
    await welcome;
    transport.send('submit', [['a', 'add', '[]', null, 0]]);
    expect(await receipts).toEqual([['a', 1, 'default', true, 1]]);
    const verdicts = await new Promise((resolve) => transport.ask('revoke', [['a', false, 0]], resolve));
    expect(verdicts).toEqual({ ok: ['prevented'] });
  });

  test('tells why the gateway refuses it', async () => {
    io.use((_socket, next) => {
      next(
        Object.assign(new Error('the token has expired'), {
          data: { code: 'UNAUTHENTICATED', retryAfterMs: null },
        }),
      );
    });
    const { reason, refused } = await open('old').lost;
    expect(refused).toBe(true);
    expect(reason).toMatchObject({
      name: 'RefusedError',
      code: 'UNAUTHENTICATED',
      message: 'the token has expired',
    });
  });

  test('tells that nobody is there, and why', async () => {
    const nowhere = url();
    await io.close();
    const { reason, refused } = await open(null, nowhere).lost;
    expect(refused).toBe(false);
    expect(reason.message).toMatch(
      over === 'socket.io-client'
        ? /^cannot connect to http:.*ECONNREFUSED/
        : /^cannot connect to http:.*: websocket error/,
    );
  });

  test('tells that the token function failed', async () => {
    const trouble = new Error('no session');
    const { reason } = await open(async () => {
      throw trouble;
    }).lost;
    expect(reason).toMatchObject({ code: 'NO_TOKEN', cause: trouble });
  });

  test('tells that the gateway went away', async () => {
    io.on('connection', (socket) => {
      socket.emit('welcome', WELCOME);
      socket.disconnect(true);
    });
    expect((await open().lost).reason).toMatchObject({ code: 'CONNECTION_LOST' });
  });

  test.each<[string, (heard: Heard, clock: ManualClock) => Promise<unknown>]>([
    ['before it was open', async () => undefined],
    ['once it is welcome, with a token that ends', async ({ welcome }) => welcome],
    [
      'while a token is renewed',
      async ({ welcome }, clock) => {
        await welcome;
        await clock.advance(500);
      },
    ],
  ])('leaves no timer when it is closed or lost %s', async (_, comesTo) => {
    io.on('connection', (socket) => socket.emit('welcome', { ...WELCOME, tokenExpiresInMs: 600 }));
    for (const closes of [true, false]) {
      const clock = new ManualClock();
      const heard = open(() => 'token', url(), false, clock);
      await comesTo(heard, clock);
      if (closes) heard.transport.close();
      else {
        await heard.welcome;
        io.disconnectSockets(true);
        await heard.lost;
      }
      await clock.advance(0);
      expect(clock.timers).toBe(0);
    }
  });

  test('says nothing after it was closed from here', async () => {
    const gone = new Promise((resolve) => {
      io.on('connection', (socket) => {
        socket.emit('welcome', WELCOME);
        socket.on('disconnect', resolve);
      });
    });
    const { transport, welcome, lost } = open();
    await welcome;
    transport.close();
    await gone;
    expect(await Promise.race([lost, Promise.resolve('nothing')])).toBe('nothing');
  });

  test('finding 8: renews its token by the factory before it ends, over the same connection', async () => {
    const refreshed: string[] = [];
    let connections = 0;
    let done: () => void = () => {};
    const twice = new Promise<void>((resolve) => {
      done = resolve;
    });
    io.on('connection', (socket) => {
      connections += 1;
      socket.on('refresh', (token: string, answer: (answer: unknown) => void) => {
        refreshed.push(token);
        answer({ ok: refreshed.length < 2 ? { tokenExpiresInMs: 600 } : {} });
        if (refreshed.length === 2) done();
      });
      socket.emit('welcome', { ...WELCOME, tokenExpiresInMs: 600 });
    });
    let asked = 0;
    open(() => `token ${++asked}`);
    await twice;
    expect([refreshed, connections]).toEqual([['token 2', 'token 3'], 1]);
  });

  test.each<[string, TokenSource, Partial<TransportLoss>]>([
    ['TOKEN_EXPIRED', 'text', { refused: true, final: true }],
    ['TOKEN_REVOKED', 'text', { refused: true, final: true }],
    // The factory may have another one, at once or in a while.
    ['TOKEN_EXPIRED', () => 'made', { refused: false, final: false }],
    ['TOKEN_REVOKED', () => 'made', { refused: true, final: false }],
  ])('finding 8: tells that its token has ended: %s of %s', async (code, token, loss) => {
    io.on('connection', (socket) => {
      socket.emit('welcome', WELCOME);
      socket.emit('refused', { code, message: 'over', retryAfterMs: null });
      socket.disconnect(true);
    });
    const lost = await open(token).lost;
    expect(lost).toMatchObject(loss);
    expect(lost.reason).toMatchObject({ name: 'RefusedError', code, message: 'over' });
  });

  test('finding 8: a token that was revoked before is no better', async () => {
    io.use((_socket, next) => {
      next(
        Object.assign(new Error('the token was revoked'), {
          data: { code: 'TOKEN_REVOKED', retryAfterMs: null },
        }),
      );
    });
    expect(await open('text').lost).toMatchObject({ refused: true, final: true });
    expect(await open(() => 'made').lost).toMatchObject({ refused: true, final: false });
  });

  test.each<[string, number | null, TokenSource, Partial<TransportLoss>]>([
    ['UNAUTHENTICATED', null, 'text', { refused: true, final: true }],
    ['UNAUTHENTICATED', null, null, { refused: true, final: true }],
    // Another one may be better, and so may this one be later.
    ['UNAUTHENTICATED', null, () => 'made', { refused: true, final: false }],
    ['UNAUTHENTICATED', 5_000, 'text', { refused: true, final: false, retryAfterMs: 5_000 }],
    ['BAD_ORIGIN', null, () => 'made', { refused: true, final: true }],
    ['BAD_HOST', null, 'text', { refused: true, final: true }],
    ['UNSUPPORTED_PROTOCOL', null, 'text', { refused: true, final: false }],
    ['OVERLOADED', 1_000, 'text', { refused: false, final: false }],
  ])(
    'is told of a refusal, and whether it is for good: %s, %s, %s',
    async (code, retryAfterMs, token, loss) => {
      io.use((_socket, next) => next(Object.assign(new Error('no'), { data: { code, retryAfterMs } })));
      const lost = await open(token).lost;
      expect(lost).toMatchObject(loss);
      expect(lost.reason).toMatchObject({ name: 'RefusedError', code, message: 'no' });
    },
  );

  test.each([
    ['UNAUTHENTICATED', false],
    ['BAD_HOST', false],
    ['TOKEN_REVOKED', true],
  ])('outlasts what its worker outlasts: %s is final: %s', async (code, final) => {
    io.use((_socket, next) => next(Object.assign(new Error('no'), { data: { code, retryAfterMs: null } })));
    expect(await open('text', url(), true).lost).toMatchObject({ refused: true, final });
  });

  test('says in its address whose client it is', async () => {
    const asked: unknown[] = [];
    io.on('connection', (socket) => {
      asked.push(socket.handshake.query['celeriac']);
      socket.emit('welcome', WELCOME);
    });
    await open().welcome;
    expect(asked).toEqual(['1']);
  });

  test.each([401, 403, 404, 502])(
    'a %s of something on the way is not the gateway’s: it tries again',
    async (status) => {
      const proxy = createServer((_, response) => void response.writeHead(status).end('{"code":"BAD_HOST"}'));
      proxy.on('upgrade', (_, socket) => socket.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\n\r\nno`));
      await new Promise<void>((done) => {
        proxy.listen(0, '127.0.0.1', done);
      });
      onTestFinished(() => void proxy.close());
      const lost = await open('text', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`).lost;
      expect(lost).toMatchObject({ refused: false, reason: { code: 'CONNECT_FAILED' } });
      expect(lost.final).not.toBe(true);
      // A page is not told what came instead.
      const why = over === 'socket.io-client' ? `: Unexpected server response: ${status}$` : ': ';
      expect(lost.reason.message).toMatch(new RegExp(`^cannot connect to http:.*${why}`));
    },
  );

  test('finding 25 (limits by identity): too many connections are a matter of time', async () => {
    io.use((_socket, next) => {
      next(
        Object.assign(new Error('too many'), { data: { code: 'TOO_MANY_CONNECTIONS', retryAfterMs: 1_000 } }),
      );
    });
    expect(await open('text').lost).toMatchObject({ refused: false, retryAfterMs: 1_000 });
  });

  test('tells whether a frame was too large for the other end', async () => {
    const home = createServer();
    const small = new Server(home, { transports: ['websocket'], maxHttpBufferSize: 1_000 });
    small.on('connection', (socket) => socket.emit('welcome', WELCOME));
    await new Promise<void>((done) => {
      home.listen(0, '127.0.0.1', done);
    });
    onTestFinished(() => small.close());
    const { transport, welcome, lost } = open(
      null,
      `http://127.0.0.1:${(home.address() as AddressInfo).port}`,
    );
    await welcome;
    transport.send('unwatch', ['x'.repeat(2_000)]);
    expect(await lost).toMatchObject({ refused: false, choked: true });
  });

  if (openSocket === openPageSocket)
    test('loses a peer that says nothing any more', async () => {
      const clock = new ManualClock();
      io.on('connection', (socket) => socket.emit('welcome', WELCOME));
      const { welcome, lost } = open(null, url(), false, clock);
      await welcome;
      await clock.advance(60_000);
      expect((await lost).reason.message).toBe('connection lost: ping timeout');
    });

  describe('finding 18: a peer that speaks nonsense', () => {
    let peer: WebSocketServer;
    beforeEach(async () => {
      peer = new WebSocketServer({ port: 0, host: '127.0.0.1' });
      await new Promise((done) => peer.once('listening', done));
    });
    afterEach(() => {
      for (const socket of peer.clients) socket.terminate();
      peer.close();
    });
    const there = (): string => `http://127.0.0.1:${(peer.address() as AddressInfo).port}`;
    const OPEN = '0{"sid":"a","upgrades":[],"pingInterval":10000,"pingTimeout":8000,"maxPayload":2000000}';
    const CONNECTED = '40{"sid":"b"}';

    function says(...packets: readonly (string | Buffer)[]): void {
      peer.on('connection', (socket: WebSocket) => {
        for (const packet of packets) socket.send(packet);
      });
    }

    test.each<[string, (string | Buffer)[]]>([
      ['a handshake that is no JSON', ['0{']],
      ['a handshake of nothing', ['0null']],
      ['a handshake without its facts', ['0{}']],
      ['a handshake with endless pauses', [OPEN.replace('10000', '1e300')]],
      ['a second handshake', [OPEN, OPEN]],
      ['bytes', [Buffer.from([0, 1, 2])]],
      ['a refusal without a word', [OPEN, '44']],
      ['a refusal whose message is no text', [OPEN, '44{"message":{"toString":null}}']],
      ['events before the connection is open', [OPEN, '42["welcome",{}]']],
      ['an event of nothing', [OPEN, CONNECTED, '42']],
      ['an event of nothing that asks for an answer', [OPEN, CONNECTED, '427']],
      ['attachments of nothing', [OPEN, CONNECTED, '451-', Buffer.from('x')]],
      ['a packet of no type', [OPEN, CONNECTED, '4x']],
      ['an event that is no JSON', [OPEN, CONNECTED, '42["welcome",']],
      [
        'attachments that are not there',
        [OPEN, CONNECTED, '451-["events",{"_placeholder":true,"num":7}]', 'x'],
      ],
      // No name that is known here; socket.io has a use for it.
      ...(over === 'socket.io-client'
        ? [['an event called connect', [OPEN, CONNECTED, '42["connect",1]']] satisfies [string, string[]]]
        : []),
      ...['welcome', 'receipts', 'events', 'snapshots', 'streams', 'feeds', 'refused', 'goaway'].map(
        (name): [string, string[]] => [
          `${name} that is none`,
          [OPEN, CONNECTED, `42["${name}",{"__proto__":{"length":1},"length":1e9}]`],
        ],
      ),
      ['a frame without a body', [OPEN, CONNECTED, '42["events"]']],
    ])('loses the connection, and nothing else: %s', async (_, packets) => {
      says(...packets);
      const { lost } = open(null, there());
      expect(await lost).toMatchObject({
        reason: { code: 'BAD_FRAME', message: expect.stringMatching(/^cannot read what the gateway sent: /) },
        refused: false,
        retryAfterMs: null,
      });
    });

    test('says nothing that anybody would hear after it', async () => {
      says(
        OPEN,
        CONNECTED,
        '42["events",null]',
        '42["welcome",{}]',
        `42["welcome",${JSON.stringify(WELCOME)}]`,
      );
      const { lost, welcome } = open(null, there());
      await lost;
      expect(await Promise.race([welcome, Promise.resolve('nothing')])).toBe('nothing');
    });

    test.each(['', 'null', '{}', '{"ok":5}', '{"ok":[{}]}', '{"refused":null}'])(
      'is no answer, and the question ends: %s',
      async (body) => {
        peer.on('connection', (socket: WebSocket) => {
          socket.send(OPEN);
          socket.on('message', (data) => {
            const [, number] = /^42(\d+)/.exec(String(data)) ?? [];
            if (number !== undefined) socket.send(`43${number}[${body}]`);
            else socket.send(CONNECTED);
          });
        });
        const { transport, lost } = open(null, there());
        const answer = new Promise((resolve) => transport.ask('get', ['a'], resolve));
        expect(await answer).toMatchObject({ refused: { code: 'BAD_FRAME', retryAfterMs: null } });
        expect((await lost).reason).toMatchObject({ code: 'BAD_FRAME' });
      },
    );

    test('asks in vain for a pause of years', async () => {
      says(OPEN, `44${JSON.stringify({ message: 'no', data: { code: 'OVERLOADED', retryAfterMs: 1e300 } })}`);
      expect(await open(null, there()).lost).toMatchObject({
        reason: { code: 'OVERLOADED', message: 'no' },
        retryAfterMs: 3_600_000,
      });
    });

    test('is another server, whose refusal is told in its own words', async () => {
      says(OPEN, '44{"message":"who are you","data":{"content":1}}');
      expect((await open(null, there()).lost).reason.message).toMatch(/^cannot connect to .*: who are you$/);
    });
  });
});
