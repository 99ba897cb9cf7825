import { CLOSE } from '@celeriac/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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
    const started = place.make(new FakeApp().task('add', () => 0)).start();
    const peer = await place.gateway.connection();
    peer.close(CLOSE.shuttingDown);
    await place.gateway.welcome();
    await started;
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
    const started = place.make(new FakeApp().task('add', () => 0)).start();
    const peer = await place.gateway.connection();
    await peer.next('hello');
    peer.send(['refused', { code: 'TOO_MANY_CONNECTIONS', message: 'no' }]);
    peer.close(CLOSE.badFrame);
    await place.gateway.welcome();
    await started;
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
  expect(warnings.labels[0]).toBe('no connection to the gateway, trying again');
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
