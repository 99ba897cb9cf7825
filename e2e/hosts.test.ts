/** Gateways below a path, behind a proxy, and out of reach by name, as the processes that people start see it. */
import { connect, createServer } from 'node:net';
import type { NotAcceptedError } from '@celeriac/client';
import { expect, onTestFinished, test } from 'vitest';
import { celeriac, makeApp, makeFolder, startGateway, startWorker, TASKS } from './harness/house.ts';

interface Gatehouse {
  readonly url: string;
  /** From now on: pass what comes, refuse it, or pass it on under another name. */
  mode: 'pass' | 'deny' | 'rename';
}

/** A proxy in front of a gateway. */
async function startGatehouse(target: string): Promise<Gatehouse> {
  const { hostname, port } = new URL(target);
  const server = createServer((near) => {
    near.on('error', () => near.destroy());
    if (gatehouse.mode === 'deny') {
      near.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\nnot by this door\n');
      return;
    }
    const far = connect(Number(port), hostname);
    far.on('error', () => near.destroy());
    near.on('close', () => far.destroy());
    far.pipe(near);
    if (gatehouse.mode === 'pass') return void near.pipe(far);
    near.once('data', (head) => {
      far.write(String(head).replace(/^host: .*$/im, 'Host: tasks.example'));
      near.pipe(far);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const gatehouse: Gatehouse = { url: `http://127.0.0.1:${address.port}`, mode: 'pass' };
  return gatehouse;
}

test('a gateway below a path is found by workers, apps and commands', async () => {
  const gateway = await startGateway({ store: 'memory', flags: ['--path', '/celeriac'] });
  expect(await gateway.child.line(/http:/)).toBe(`${gateway.url}/celeriac`);
  const url = `${gateway.url}/celeriac/`;
  await startWorker(url);
  expect(await makeApp(url).tasks.add.delay(2, 2).get({ timeout: 60 })).toBe(4);
  const command = celeriac(['call', 'add', '20', '22', '--gateway', url, '--wait'], makeFolder());
  expect((await command.exited).code).toBe(0);
  expect(command.lines).toContain('42');
  expect((await fetch(`${url}healthz`)).status).toBe(200);
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(404);
});

const WORDS = "host 'tasks.example' is not one of: localhost, 127.0.0.1, [::1]; see --allow-host";

test('a refused name reaches app, worker, command and log in words, and a proxy’s 403 is no verdict', async () => {
  const gateway = await startGateway({ store: 'memory' });
  const door = await startGatehouse(gateway.url);
  door.mode = 'deny';
  const patient = makeApp(door.url);
  const waiting = patient.tasks.add.delay(2, 2);
  const worker = celeriac(['worker', TASKS, '--gateway', door.url], makeFolder());
  await new Promise<void>((resolve) => {
    patient.connection.on('change', ({ state }) => state === 'reconnecting' && resolve());
  });
  expect(patient.connection.reason?.message).toContain('Unexpected server response: 403');
  door.mode = 'pass';
  await worker.line(/^ready/);
  expect(await waiting.get({ timeout: 60 })).toBe(4);

  door.mode = 'rename';
  const app = makeApp(door.url);
  const known = app.AsyncResult(waiting.id).get();
  const call = app.tasks.add.delay(1, 1);
  const refusal = { name: 'RefusedError', code: 'BAD_HOST', message: WORDS };
  const notAccepted: Partial<NotAcceptedError> = { name: 'NotAcceptedError', indeterminate: false };
  await Promise.all([
    expect(known).rejects.toMatchObject(refusal),
    expect(call.accepted).rejects.toMatchObject({ ...notAccepted, cause: refusal }),
  ]);
  expect(app.connection).toMatchObject({ state: 'closed', reason: refusal });
  await expect(app.tasks.add.delay(1, 1).accepted).rejects.toMatchObject({ cause: refusal });
  const late = celeriac(['worker', TASKS, '--gateway', door.url], makeFolder());
  expect((await late.exited).code).toBe(1);
  expect(late.errors).toContain(`the gateway refused this worker (BAD_HOST): ${WORDS}`);
  const command = celeriac(['call', 'add', '1', '1', '--gateway', door.url], makeFolder());
  expect((await command.exited).code).toBe(1);
  expect(command.errors).toBe(`celeriac: the gateway refused this client (BAD_HOST): ${WORDS}\n`);
  expect(gateway.child.errors).toContain(`"message":${JSON.stringify(WORDS)}`);
});

test('a token that is refused for good ends calls and waits at once, in words', async () => {
  const { url } = await startGateway({ store: 'memory', flags: ['--key', 'k'.repeat(32)] });
  const refusal = { name: 'RefusedError', code: 'UNAUTHENTICATED' };
  for (const [token, words] of [
    [undefined, 'this gateway requires a token, got none'],
    ['x', 'the token was refused: it is not a JWT'],
  ] as const) {
    const app = makeApp(url, { token });
    await Promise.all([
      expect(app.tasks.add.delay(1, 1).get()).rejects.toMatchObject({
        name: 'NotAcceptedError',
        cause: { ...refusal, message: words },
      }),
      expect(app.AsyncResult('known').get()).rejects.toMatchObject({ ...refusal, message: words }),
    ]);
    expect(app.connection).toMatchObject({ state: 'closed', reason: { message: words } });
  }
});
