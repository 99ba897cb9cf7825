import { CLOSE } from '@celeriac/protocol/internal';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assignment } from '../../test/assignment.ts';
import { FakeApp } from '../../test/fake-app.ts';
import { FakeGateway } from '../../test/fake-gateway.ts';
import { Gate } from '../../test/gate.ts';
import { Workplace } from '../../test/workplace.ts';

let place: Workplace;
beforeEach(async () => {
  place = await Workplace.open();
});
afterEach(() => place.close());

describe('a gateway that refuses', () => {
  test.each([
    [CLOSE.unauthenticated, 'UNAUTHENTICATED'],
    [CLOSE.forbidden, 'FORBIDDEN'],
    [CLOSE.unsupportedProtocol, 'UNSUPPORTED_PROTOCOL'],
    [CLOSE.badFrame, 'BAD_FRAME'],
  ])('with %i fails the start with %s', async (close, code) => {
    const worker = place.make(new FakeApp().task('add', () => 0));
    const started = worker.start();
    const peer = await place.gateway.connection();
    await peer.next('hello');
    peer.send(['refused', { code, message: 'for a reason' }]);
    peer.close(close);
    await expect(started).rejects.toMatchObject({ name: 'RefusedError', code, message: 'for a reason' });
    await worker.stop();
    expect(worker.state).toBe('stopped');
  });

  test('because it shuts down is asked again', async () => {
    const worker = place.make(new FakeApp().task('add', () => 0));
    const started = worker.start();
    const peer = await place.gateway.connection();
    peer.close(CLOSE.shuttingDown);
    await place.gateway.welcome();
    await started;
    expect(worker.state).toBe('ready');
  });

  test('a running worker for another one of its name stops it', async () => {
    const worker = place.make(new FakeApp().task('add', () => 0));
    const stopped = new Promise<void>((resolve) => worker.on('stopped', resolve));
    const refusals: string[] = [];
    worker.on('refused', ({ code }) => void refusals.push(code));
    void worker.start();
    const { peer } = await place.gateway.welcome();
    peer.close(CLOSE.replaced);
    await stopped;
    expect(refusals).toEqual(['REPLACED']);
  });

  test('a running worker for its token is asked again, with a new token', async () => {
    const tokens = ['old', 'new'];
    const worker = place.make(
      new FakeApp().task('add', () => 0),
      { token: () => tokens.shift() ?? null },
    );
    void worker.start();
    const first = await place.gateway.welcome();
    first.peer.close(CLOSE.unauthenticated);
    const second = await place.gateway.welcome();
    expect([first.hello.token, second.hello.token]).toEqual(['old', 'new']);
  });
});

describe('finding 8: a worker whose token ends', () => {
  test('renews it by its factory before that, over the same connection', async () => {
    const tokens = ['first', 'second', 'third'];
    const worker = place.make(
      new FakeApp().task('add', () => 0),
      { token: () => tokens.shift() ?? null },
    );
    void worker.start();
    const { peer, hello } = await place.gateway.welcome({ tokenExpiresInMs: 600 });
    expect(hello.token).toBe('first');
    expect(await peer.next('refresh')).toBe('second');
    peer.send(['refreshed', { ok: { tokenExpiresInMs: 600 } }]);
    expect(await peer.next('refresh')).toBe('third');
    peer.send(['refreshed', { ok: {} }]);
    expect(worker.state).toBe('ready');
  });

  test('goes on with the one that it has where another is refused', async () => {
    const tokens = ['first', 'bad'];
    const worker = place.make(
      new FakeApp().task('add', () => 0),
      { token: () => tokens.shift() ?? null },
    );
    void worker.start();
    const { peer } = await place.gateway.welcome({ tokenExpiresInMs: 600, heartbeatMs: 100 });
    expect(await peer.next('refresh')).toBe('bad');
    peer.send(['refreshed', { refused: { code: 'FORBIDDEN', message: 'no', retryAfterMs: null } }]);
    await peer.beat(peer.beats.length + 2);
    expect(worker.state).toBe('ready');
  });

  test('comes back with another one where that was too late', async () => {
    const tokens = ['old', 'new'];
    const worker = place.make(
      new FakeApp().task('add', () => 0),
      { token: () => tokens.shift() ?? null },
    );
    void worker.start();
    const first = await place.gateway.welcome();
    first.peer.send(['refused', { code: 'TOKEN_EXPIRED', message: 'over' }]);
    first.peer.close(CLOSE.unauthenticated);
    const second = await place.gateway.welcome({ resumed: true });
    expect([first.hello.token, second.hello.token]).toEqual(['old', 'new']);
    expect(second.hello.session).toBe('session-1');
  });

  test.each(['TOKEN_EXPIRED', 'TOKEN_REVOKED'])('and is a text ends with it: %s', async (code) => {
    const worker = place.make(
      new FakeApp().task('add', () => 0),
      { token: 'fixed' },
    );
    const stopped = new Promise<void>((resolve) => worker.on('stopped', resolve));
    const refusals: string[] = [];
    worker.on('refused', (error) => void refusals.push(error.code));
    void worker.start();
    const { peer } = await place.gateway.welcome({ tokenExpiresInMs: 600 });
    peer.send(['refused', { code, message: 'over' }]);
    peer.close(CLOSE.unauthenticated);
    await stopped;
    expect(refusals).toEqual([code]);
    expect(peer.unread('refresh')).toBe(0);
  });

  test('is asked to come later where its subject has too many connections', async () => {
    const worker = place.make(new FakeApp().task('add', () => 0));
    const started = worker.start();
    const peer = await place.gateway.connection();
    await peer.next('hello');
    peer.send(['refused', { code: 'TOO_MANY_CONNECTIONS', message: 'no' }]);
    peer.close(CLOSE.badFrame);
    await place.gateway.welcome();
    await started;
    expect(worker.state).toBe('ready');
  });
});

test('a gateway that is not there yet is waited for', async () => {
  const { port } = place.gateway;
  const warnings = new Gate();
  const log = pino({ level: 'warn' }, { write: (line) => void warnings.wait(JSON.parse(line).msg) });
  const worker = place.make(
    new FakeApp().task('add', () => 0),
    { log },
  );
  await place.gateway.close();
  const started = worker.start();
  await warnings.entered(1);
  expect(warnings.labels[0]).toBe('no connection to the gateway, retrying');
  expect(worker.state).toBe('connecting');
  place.gateway = await FakeGateway.listen(port);
  await place.gateway.welcome();
  await started;
});

test('a malformed frame costs the gateway its connection, and the worker nothing', async () => {
  void place.make(new FakeApp().task('add', () => 0)).start();
  const { peer } = await place.gateway.welcome();
  peer.sendText('["assign",[["a"]]]');
  const { hello } = await place.gateway.welcome({ resumed: true });
  expect(hello.session).toBe('session-1');
});

describe('a worker whose hello is too long for a first frame', () => {
  function manyTasks(): FakeApp {
    const app = new FakeApp();
    for (let n = 0; n < 2_000; n++) app.task(`${n}`.padEnd(250, '.'), () => 0);
    return app;
  }

  test('knocks with its token, and says the rest when it is admitted', async () => {
    const started = place.make(manyTasks(), { token: 'secret' }).start();
    const peer = await place.gateway.connection();
    expect(await peer.next('knock')).toEqual({ protocol: { min: 1, max: 1 }, token: 'secret' });
    expect(peer.frames).toHaveLength(1);
    peer.send(['admitted', { frameLimit: 1_000_000 }]);
    const names = new Set<string>();
    while (names.size < 2_000) for (const { name } of await peer.next('definitions')) names.add(name);
    expect(await peer.next('hello')).toMatchObject({
      token: 'secret',
      definitions: [],
      frameLimit: 4 * 1024 * 1024,
    });
    peer.welcome();
    await started;
  });

  test('that is refused fails the start', async () => {
    const started = place.make(manyTasks()).start();
    const peer = await place.gateway.connection();
    await peer.next('knock');
    peer.send(['refused', { code: 'UNAUTHENTICATED', message: 'no token' }]);
    peer.close(CLOSE.unauthenticated);
    await expect(started).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('a worker one of whose frames is too large for something on the way', () => {
  test('sends each report by itself, then gives up the largest, with a code', async () => {
    const app = new FakeApp().task('small', () => 1).task('large', () => 'x'.repeat(1_000));
    place.gateway.acks = false;
    const worker = place.make(app);
    void worker.start();
    const { peer } = await place.gateway.welcome();
    peer.assign(assignment('small', [], { nonce: 'a' }), assignment('large', [], { nonce: 'b' }));
    expect(await peer.settled(2)).toHaveLength(2);
    peer.close(1009);

    const second = await place.gateway.welcome({ resumed: true });
    await second.peer.settled(2);
    const frames = second.peer.frames.filter(([type]) => type === 'settled');
    expect(frames.map(([, items]) => (items as unknown[]).length)).toEqual([1, 1]);
    second.peer.close(1009);

    const third = await place.gateway.welcome({ resumed: true });
    const outcomes = new Map((await third.peer.settled(2)).map(([nonce, , , outcome]) => [nonce, outcome]));
    expect(outcomes.get('a')).toEqual(['success', '1']);
    expect(outcomes.get('b')).toEqual(['failure', expect.stringContaining('PAYLOAD_TOO_LARGE')]);
  });
});
