/** Nonsense on either link costs its sender the connection, and nobody else anything. */
import { describe, expect, test } from 'vitest';
import { type Running, shout, startGateway } from '../../test/gateway-setup.ts';
import { HELLO, RawWorker } from '../../test/raw-worker.ts';

/** A client and a worker who know nothing of it. */
async function bystanders(running: Running) {
  const worker = await running.worker({ name: 'bystander' });
  const client = await running.client();
  let calls = 0;
  return {
    goOn: async (): Promise<void> => {
      const id = `t${calls++}`;
      client.emit('submit', [[id, 'add', '[2,2]', null, 0]]);
      const [assignment] = await worker.works();
      expect(assignment?.[1]).toBe(id);
      expect((await client.ended(id)).slice(3, 5)).toEqual(['SUCCESS', 'completed']);
    },
  };
}

describe('a client that sends nonsense is told why, and sent away', () => {
  test.each<[string, unknown[]]>([
    ['submit', [null]],
    ['submit', []],
    ['submit', ['text']],
    ['submit', [[['1']]]],
    ['submit', [[['1', 'add', '[]', { priority: 99 }, 0]]]],
    ['submit', [Array.from({ length: 1_001 }, () => ['1', 'add', '[]', null, 0])]],
    ['define', [[['add', 5]]]],
    ['define', [{}]],
    ['watch', [{ tasks: 'all' }]],
    ['watch', []],
    ['unwatch', [5]],
    ['get', [['1']]],
    ['get', []],
    ['revoke', [[['1', true, 0]]]],
  ])('%s %j', async (event, args) => {
    const running = await startGateway();
    const { goOn } = await bystanders(running);
    const culprit = await running.client();
    culprit.emit(event, ...args);
    const [refusal] = await culprit.next('refused');
    expect(refusal).toMatchObject({ code: 'BAD_FRAME', message: expect.stringMatching(/^expected /) });
    await culprit.closed;
    await goOn();
    expect(running.refusals).toEqual(['BAD_FRAME']);
    expect(running.failures).toEqual([]);
  });

  test.each([
    ['get', 'all'],
    ['revoke', [['1', 'yes', 0]]],
  ])('%s %j, where it asked for an answer, which says so too', async (event, args) => {
    const running = await startGateway();
    const { goOn } = await bystanders(running);
    const culprit = await running.client();
    expect(await culprit.ask(event, args)).toMatchObject({ refused: { code: 'BAD_FRAME' } });
    await culprit.closed;
    await goOn();
  });
});

describe('a client that speaks nonsense below the frames is hung up on', () => {
  test.each([
    ['a packet of no type', '9'],
    ['an event that is no JSON', '42{'],
    ['an event that is no array', '42{"a":1}'],
    ['an event of a reserved name', '42["disconnect"]'],
    ['an event without a name', '42[]'],
    ['a socket.io packet of no type', '49'],
    ['bytes', Buffer.from([0xff, 0x00, 0x01])],
    ['a second hello', '40{"protocol":{"min":1,"max":1},"token":null}'],
    ['a hello to another namespace', '40/admin,{}'],
    ['binary attachments that were never announced', '451-["submit",{"_placeholder":true,"num":7}]'],
  ])('%s', async (_, data) => {
    const running = await startGateway();
    const { goOn } = await bystanders(running);
    const culprit = await running.client();
    culprit.raw(data);
    if (typeof data === 'string' && data.startsWith('451')) culprit.raw(Buffer.from('x'));
    await culprit.closed;
    await goOn();
  });

  test('a frame far above the limit', async () => {
    const running = await startGateway();
    const { goOn } = await bystanders(running);
    const culprit = await running.client();
    culprit.raw(`42["submit",["${'x'.repeat(3 * 1024 * 1024)}"]]`);
    await culprit.closed;
    await goOn();
  });
});

describe('a client that says what nobody listens to is ignored', () => {
  test.each([
    ['an event of no name of ours', '42["wave",1]'],
    ['an event called error', '42["error",{"message":"boo"}]'],
    ['an event with a number for its name', '42[5]'],
    ['an answer to no question', '4399["x"]'],
  ])('%s', async (_, data) => {
    const running = await startGateway();
    const { goOn } = await bystanders(running);
    const culprit = await running.client();
    culprit.raw(data);
    expect(await culprit.ask('get', [])).toEqual({ ok: [] });
    await goOn();
  });
});

describe('a worker that sends nonsense is told why, and hung up on', () => {
  test.each<[string, string | Buffer]>([
    ['no JSON', '{'],
    ['no frame', '5'],
    ['a frame of no type', '["wave",1]'],
    ['a frame whose type is a long text of many-byte characters', JSON.stringify(['語'.repeat(500), 1])],
    ['starts that are no list', '["started",5]'],
    ['an outcome of no kind', '["settled",[["n","1",1,["won"]]]]'],
    [
      'more progress than a frame may have',
      JSON.stringify(['progress', Array.from({ length: 1_001 }, () => 0)]),
    ],
    ['a second hello', JSON.stringify(['hello', HELLO])],
    ['bytes', Buffer.from('["beat",1]')],
  ])('%s', async (_, data) => {
    const running = await startGateway();
    const { goOn } = await bystanders(running);
    const culprit = await running.worker({ name: 'culprit', queues: ['other'] });
    culprit.raw(data);
    expect(await culprit.next('refused')).toMatchObject({ code: 'BAD_FRAME' });
    expect((await culprit.closed)[0]).toBe(4400);
    await goOn();
    expect(running.refusals).toEqual(['BAD_FRAME']);
    expect(running.failures).toEqual([]);
  });

  test('before its hello', async () => {
    const running = await startGateway();
    const { goOn } = await bystanders(running);
    const culprit = new RawWorker(running.url);
    await culprit.opened;
    culprit.send(['started', []]);
    expect(await culprit.next('refused')).toEqual({
      code: 'BAD_FRAME',
      message: 'expected hello first, got: started',
    });
    expect((await culprit.closed)[0]).toBe(4400);
    await goOn();
  });

  test('with a frame far above the limit', async () => {
    const running = await startGateway();
    const { goOn } = await bystanders(running);
    const culprit = await running.worker({ name: 'culprit', queues: ['other'] });
    culprit.raw('x'.repeat(3 * 1024 * 1024));
    expect((await culprit.closed)[0]).toBe(1009);
    await goOn();
  });

  test('and its tasks go on where they are', async () => {
    const running = await startGateway();
    const culprit = await running.worker({ name: 'culprit' });
    const client = await running.client();
    client.emit('submit', [['1', 'add', '', null, 0]]);
    const [assignment] = await culprit.next('assign');
    culprit.raw('{');
    await culprit.closed;
    const [nonce, id, attempt] = assignment ?? ['', '', 0];
    const back = await RawWorker.greeting(running.url, {
      name: 'culprit',
      held: [[id, attempt, nonce, true, null]],
    });
    expect(await back.next('welcome')).toMatchObject({ resumed: false, lost: [nonce] });
    back.terminate();
  });
});

describe('a request that is no address', () => {
  test.each([
    ['GET // HTTP/1.1'],
    ['GET http://[ HTTP/1.1'],
    ['GET \\\\ HTTP/1.1'],
    ['GET /%zz?a=%zz HTTP/1.1'],
    ['GET /../../etc/passwd HTTP/1.1'],
  ])('is answered, and nothing else happens: %s', async (line) => {
    const running = await startGateway();
    const { goOn } = await bystanders(running);
    const answer = await shout(running.url, `${line}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    await goOn();
  });

  test.each(['//', 'http://[', '/other', '/workers', '/socket.io'])(
    'and wants to become a WebSocket is hung up on: %s',
    async (path) => {
      const running = await startGateway();
      const { goOn } = await bystanders(running);
      const answer = await shout(
        running.url,
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      );
      expect(answer).not.toContain('101');
      await goOn();
    },
  );

  test('nor HTTP is answered', async () => {
    const running = await startGateway();
    const { goOn } = await bystanders(running);
    expect(await shout(running.url, 'HELO\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    await goOn();
  });
});
