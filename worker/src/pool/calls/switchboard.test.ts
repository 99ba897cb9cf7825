import type { OpenTransport, Transport, TransportEvents } from '@celeriac/client/hosting';
import {
  CLIENT_FRAMES,
  DEFAULT_LIMITS,
  type EventItem,
  namesOf,
  SESSION_FRAMES,
  type StreamItem,
} from '@celeriac/protocol/internal';
import { beforeEach, expect, test } from 'vitest';
import type { FromCaller, ToCaller } from './call-messages.ts';
import { ChildTransports } from './child-transports.ts';
import { RelayedTransports } from './relayed-transports.ts';
import { Switchboard } from './switchboard.ts';

const WELCOME = { protocol: 1, epoch: 'e', now: 0, limits: DEFAULT_LIMITS };

/** One connection to a gateway that a test plays. */
class Trunk {
  readonly sent: (readonly [name: string, body: unknown])[] = [];
  readonly asked: ((answer: never) => void)[] = [];
  closed = false;
  readonly events: TransportEvents;

  constructor(events: TransportEvents) {
    this.events = events;
  }

  get transport(): Transport {
    return {
      send: (name, body) => void this.sent.push([name, body]),
      ask: (_name, _body, answer) => void this.asked.push(answer),
      close: () => {
        this.closed = true;
      },
    };
  }
}

/** A caller in a child, as far away as a copy of each message. */
class Caller {
  readonly heard: (readonly [name: string, body: unknown])[] = [];
  readonly transport: Transport;
  readonly #transports: ChildTransports;

  constructor(open: OpenTransport) {
    const inChild = new RelayedTransports((message) => this.#transports.receive(structuredClone(message)));
    this.#transports = new ChildTransports(open, (message) => inChild.receive(structuredClone(message)));
    const hears =
      (name: string) =>
      (body: unknown): void =>
        void this.heard.push([name, body]);
    this.transport = inChild.open({
      welcome: hears('welcome'),
      receipts: hears('receipts'),
      events: hears('events'),
      snapshots: hears('snapshots'),
      streams: hears('streams'),
      feeds: hears('feeds'),
      refused: hears('refused'),
      goaway: hears('goaway'),
      lost: ({ reason, refused }) => this.heard.push(['lost', [reason.name, reason.message, refused]]),
    });
  }

  /** What it has heard since the last look, but for welcomes. */
  take(): readonly (readonly [name: string, body: unknown])[] {
    return this.heard.splice(0).filter(([name]) => name !== 'welcome');
  }

  dies(): void {
    this.#transports.close();
  }
}

const event = (id: string, state: 'STARTED' | 'SUCCESS'): EventItem => [
  id,
  2,
  5,
  state,
  state === 'SUCCESS' ? 'completed' : 'started',
  1,
  'w',
  0,
  null,
];

let trunks: Trunk[];
let board: Switchboard;
let one: Caller;
let other: Caller;
beforeEach(() => {
  trunks = [];
  board = new Switchboard((events) => {
    const trunk = new Trunk(events);
    trunks.push(trunk);
    return trunk.transport;
  });
  one = new Caller(board.open);
  other = new Caller(board.open);
  trunk().events.welcome(WELCOME);
});

function trunk(): Trunk {
  const last = trunks.at(-1);
  if (last === undefined) throw new Error('nobody has dialled');
  return last;
}

test('all share one connection, and each is welcomed, the late one too', async () => {
  expect([one.heard, other.heard]).toEqual([[['welcome', WELCOME]], [['welcome', WELCOME]]]);
  const late = new Caller(board.open);
  expect(late.heard).toEqual([]);
  await Promise.resolve();
  expect(late.heard).toEqual([['welcome', WELCOME]]);
  expect(trunks).toHaveLength(1);
});

test('each hears of its own calls, in order, until they end', () => {
  one.transport.send('submit', [['a', 'add', '[]', null, 0]]);
  other.transport.send('submit', [['b', 'add', '[]', null, 0]]);
  trunk().events.receipts([
    ['a', 1, 'default', true, 1],
    ['b', 0, 'FORBIDDEN', 'no', null],
  ]);
  trunk().events.events([event('a', 'STARTED'), event('b', 'STARTED'), event('a', 'SUCCESS')]);
  trunk().events.events([event('a', 'SUCCESS')]);
  expect(one.take()).toEqual([
    ['receipts', [['a', 1, 'default', true, 1]]],
    ['events', [event('a', 'STARTED'), event('a', 'SUCCESS')]],
  ]);
  expect(other.take()).toEqual([['receipts', [['b', 0, 'FORBIDDEN', 'no', null]]]]);
});

test('a task that two watch is let go with the second', () => {
  for (const caller of [one, other]) caller.transport.send('watch', { epoch: null, tasks: [['x', 0]] });
  one.transport.send('unwatch', ['x']);
  expect(trunk().sent.map(([name]) => name)).toEqual(['watch', 'watch']);
  trunk().events.events([event('x', 'STARTED')]);
  expect([one.take().length, other.take().length]).toEqual([0, 1]);
  other.transport.send('unwatch', ['x', 'never']);
  expect(trunk().sent.at(-1)).toEqual(['unwatch', ['x']]);
});

test('streams have numbers of their own on the way', () => {
  one.transport.send('openStreams', [[1, 'a', 0, 0]]);
  other.transport.send('openStreams', [[1, 'b', 0, 0]]);
  expect(trunk().sent).toEqual([
    ['openStreams', [[1, 'a', 0, 0]]],
    ['openStreams', [[2, 'b', 0, 0]]],
  ]);
  const chunk = (number: number): StreamItem => [number, 'chunks', 1, 0, ['1']];
  trunk().events.streams([chunk(2), [1, 'end', 1, 0]]);
  expect(one.take()).toEqual([['streams', [[1, 'end', 1, 0]]]]);
  expect(other.take()).toEqual([['streams', [chunk(1)]]]);
  other.transport.send('tookChunks', [[1, 1, 3]]);
  one.transport.send('closeStreams', [1]);
  other.transport.send('closeStreams', [1]);
  expect(trunk().sent.slice(2)).toEqual([
    ['tookChunks', [[2, 1, 3]]],
    ['closeStreams', [2]],
  ]);
});

test('feeds have numbers of their own on the way, and go with their child', () => {
  one.transport.send('openFeeds', [[1, 'queues']]);
  other.transport.send('openFeeds', [[1, 'tasks', { queue: 'q' }, 5]]);
  expect(trunk().sent).toEqual([
    ['openFeeds', [[1, 'queues']]],
    ['openFeeds', [[2, 'tasks', { queue: 'q' }, 5]]],
  ]);
  const rows = { replaces: true, last: true, rows: [], gone: [], more: false };
  trunk().events.feeds([[2, 'rows', rows]]);
  expect([one.take(), other.take()]).toEqual([[], [['feeds', [[1, 'rows', rows]]]]]);
  other.transport.send('closeFeeds', [1]);
  one.dies();
  expect(trunk().sent.slice(2)).toEqual([
    ['closeFeeds', [2]],
    ['closeFeeds', [1]],
  ]);
});

test('an answer goes to whoever asked, unless he is gone', () => {
  const answers: unknown[] = [];
  one.transport.ask('get', ['a'], (answer) => answers.push(answer));
  other.transport.ask('get', ['b'], (answer) => answers.push(answer));
  other.transport.close();
  for (const answer of trunk().asked) answer({ ok: [null] } as never);
  expect(answers).toEqual([{ ok: [null] }]);
});

test('a refusal that names tasks is for those who know them, another for all', () => {
  one.transport.send('watch', { epoch: null, tasks: [['x', 0]] });
  const refusal = { code: 'FORBIDDEN', message: 'no', retryAfterMs: null };
  trunk().events.refused({ ...refusal, ids: ['x'] });
  trunk().events.refused(refusal);
  expect([one.take().length, other.take().length]).toEqual([2, 1]);
});

test('a child that dies leaves nothing behind', () => {
  one.transport.send('submit', [['a', 'add', '[]', null, 0]]);
  one.transport.send('openStreams', [[1, 'a', 0, 0]]);
  one.dies();
  expect(trunk().sent.slice(2)).toEqual([
    ['unwatch', ['a']],
    ['closeStreams', [1]],
  ]);
  trunk().events.events([event('a', 'STARTED')]);
  expect(one.take()).toEqual([]);
});

test('all hear that the connection is lost, and the next to call dials anew', () => {
  one.transport.send('watch', { epoch: null, tasks: [['x', 0]] });
  trunk().events.lost({ reason: new TypeError('cut'), refused: false, retryAfterMs: null });
  expect([one.take(), other.take()]).toEqual(
    [one, other].map(() => [['lost', ['CeleriacError', 'cut', false]]]),
  );
  one = new Caller(board.open);
  expect(trunks).toHaveLength(2);
  trunk().events.welcome(WELCOME);
  trunk().events.events([event('x', 'STARTED')]);
  expect(one.take()).toEqual([]);
});

test('a gateway that asks to be left is left when the first calls again', () => {
  trunk().events.goaway(500);
  expect(one.take()).toEqual([['goaway', 500]]);
  one.transport.close();
  one = new Caller(board.open);
  expect(trunks.map(({ closed }) => closed)).toEqual([true, false]);
  expect(other.take()).toEqual([
    ['goaway', 500],
    ['lost', ['CeleriacError', 'the gateway asked this client to reconnect later', false]],
  ]);
});

/** A child that says whatever it likes. */
function rawCaller(): { says(message: FromCaller): void; readonly told: ToCaller[] } {
  const told: ToCaller[] = [];
  const transports = new ChildTransports(board.open, (message) => told.push(message));
  transports.receive(['open', 1]);
  return { says: (message) => transports.receive(message), told };
}

const CHILD_SAYS = [null, 5, {}, [null], [[null]], { epoch: null, tasks: [null] }];
const SHARED = namesOf(CLIENT_FRAMES).filter((name) => !Object.hasOwn(SESSION_FRAMES, name));
test.each(SHARED)('what a child says that cannot be read costs its own transport alone: %s', (name) => {
  const asked = CLIENT_FRAMES[name].acknowledged;
  for (const body of CHILD_SAYS) {
    const before = trunk().sent.length + trunk().asked.length;
    const child = rawCaller();
    const message = asked ? ['ask', 1, name, body, 7] : ['send', 1, name, body];
    child.says(message as unknown as FromCaller);
    child.says(message as unknown as FromCaller);
    const refused = expect.objectContaining({
      code: 'BAD_FRAME',
      message: expect.stringContaining('expected '),
    });
    expect(child.told).toEqual([
      asked ? ['answer', 1, 7, { refused }] : ['heard', 1, 'refused', refused],
      ['lost', 1, expect.objectContaining({ code: 'BAD_FRAME', refused: false })],
    ]);
    expect(trunk().sent.length + trunk().asked.length).toBe(before);
  }
  one.transport.send('watch', { epoch: null, tasks: [['x', 0]] });
  expect(trunk().sent.at(-1)).toEqual(['watch', { epoch: null, tasks: [['x', 0]] }]);
  expect(trunk().closed).toBe(false);
});
