import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeApp, makeFolder, makeGate, startGateway, startWorker, states } from './harness/house.ts';
import { startProxy } from './harness/proxy.ts';
import { eventually, linesOf, untilState } from './harness/signals.ts';

describe('kill -9 of the gateway', () => {
  test('after an acceptance: the task runs, and the same handle resolves', async () => {
    const gateway = await startGateway();
    const res = makeApp(gateway.url).tasks.add.delay(2, 2);
    await res.accepted;
    await gateway.restart();
    await startWorker(gateway.url);
    expect(await res.get({ timeout: 60 })).toBe(4);
    expect(states(res)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
  });

  test('while a task runs: it runs on, once, and its outcome is recorded after the restart', async () => {
    const gateway = await startGateway();
    await startWorker(gateway.url);
    const runs = join(makeFolder(), 'runs');
    const app = makeApp(gateway.url);
    const gate = makeGate();
    const res = app.tasks.held.delay(runs, gate.path);
    await untilState(res, 'STARTED');
    await gateway.restart();
    gate.open();
    await res.get({ timeout: 60 });
    expect(await linesOf(runs)).toEqual(['begin', 'end']);
    const later = makeApp(gateway.url).AsyncResult(res.id);
    await later.refresh();
    expect(states(later)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
    expect(states(res)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
  });

  test('while the gateway is away: a task that ended meanwhile is recorded, once', async () => {
    const gateway = await startGateway();
    await startWorker(gateway.url);
    const runs = join(makeFolder(), 'runs');
    const gate = makeGate();
    const res = makeApp(gateway.url).tasks.held.delay(runs, gate.path);
    await untilState(res, 'STARTED');
    await gateway.child.kill();
    gate.open();
    await eventually(
      async () => ((await linesOf(runs)).length === 2 ? true : undefined),
      'the end of the run',
    );
    await gateway.restart();
    await res.get({ timeout: 60 });
    expect(await linesOf(runs)).toEqual(['begin', 'end']);
    expect(states(res)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
  });
});

describe('kill -9 of a worker', () => {
  test('in the middle of a task: it starts elsewhere within six seconds', async () => {
    const gateway = await startGateway();
    const first = await startWorker(gateway.url, { flags: ['--name', 'first'] });
    const runs = join(makeFolder(), 'runs');
    const res = makeApp(gateway.url).tasks.trace.delay(runs, 60_000);
    await untilState(res, 'STARTED');
    await eventually(async () => ((await linesOf(runs)).length === 1 ? true : undefined), 'the first run');
    await startWorker(gateway.url, { flags: ['--name', 'second'] });
    const killed = Date.now();
    await first.kill();
    await eventually(async () => ((await linesOf(runs)).length === 2 ? true : undefined), 'the second run');
    // The promise is 6 s; tests allow twice that.
    expect(Date.now() - killed).toBeLessThan(12_000);
    // The two are on one machine.
    await eventually(() => /its process has ended/.exec(gateway.child.errors) ?? undefined, 'why it is lost');
    await eventually(() => (states(res).length === 4 ? true : undefined), 'the second start');
    expect(states(res)).toEqual(['PENDING', 'STARTED', 'PENDING', 'STARTED']);
    expect(res.history.map(({ reason }) => reason)).toEqual([
      'submitted',
      'started',
      'worker-lost',
      'started',
    ]);
    expect(res.history.map(({ worker }) => worker)).toEqual([null, 'first', 'first', 'second']);
    await res.revoke();
  });

  test('that a task commits itself: the culprit fails after three deliveries, its neighbours all succeed', async () => {
    const gateway = await startGateway();
    const app = makeApp(gateway.url);
    let stopping = false;
    const flags = ['--name', 'phoenix', '--concurrency', '32'];
    let worker = await startWorker(gateway.url, { flags });
    const keepAlive = async (): Promise<void> => {
      for (let life = 0; life < 10 && !stopping; life++) {
        await worker.exited;
        if (!stopping) worker = await startWorker(gateway.url, { flags });
      }
    };
    const neighbours = Array.from({ length: 15 }, () => app.tasks.enduring.delay());
    await Promise.all(neighbours.map((one) => untilState(one, 'STARTED')));
    const alive = keepAlive();
    const culprit = app.tasks.poison.delay();
    await expect(culprit.get({ timeout: 60 })).rejects.toMatchObject({ name: 'WorkerLostError' });
    expect(states(culprit)).toEqual([
      'PENDING',
      'STARTED',
      'PENDING',
      'STARTED',
      'PENDING',
      'STARTED',
      'FAILURE',
    ]);
    expect(culprit.history.at(-1)?.reason).toBe('poisoned');
    expect(await Promise.all(neighbours.map((one) => one.get({ timeout: 60 })))).toEqual(
      neighbours.map(() => expect.any(Number)),
    );
    // All of them were running when it fell, and they come back together. The second time makes each a suspect, and the
    // culprit is tried apart from them.
    for (const { history } of neighbours) {
      const losses = history.filter(({ reason }) => reason === 'worker-lost').length;
      expect([1, 2]).toContain(losses);
    }
    stopping = true;
    await worker.kill();
    await alive;
  });

  test('that ran a task which may run once: the task fails and is not run again', async () => {
    const gateway = await startGateway();
    const worker = await startWorker(gateway.url);
    const runs = join(makeFolder(), 'runs');
    const res = makeApp(gateway.url).tasks.once.delay(runs, 60_000);
    await eventually(async () => ((await linesOf(runs)).length === 1 ? true : undefined), 'the run');
    await worker.kill();
    await expect(res.get({ timeout: 60 })).rejects.toMatchObject({ name: 'WorkerLostError' });
    await startWorker(gateway.url);
    expect(await linesOf(runs)).toHaveLength(1);
  });
});

test('a client that is cut off while 100 tasks end misses no transition', async () => {
  const gateway = await startGateway();
  await startWorker(gateway.url);
  const proxy = await startProxy(gateway.url);
  const app = makeApp(proxy.url);
  const gate = makeGate();
  const runs = join(makeFolder(), 'runs');
  const handles = Array.from({ length: 100 }, () => app.tasks.held.delay(runs, gate.path));
  const heard = handles.map((handle) => {
    const list: string[] = [];
    handle.on('state', ({ state }) => list.push(state));
    return list;
  });
  await Promise.all(handles.map((handle) => handle.accepted));
  proxy.cut();
  gate.open();
  const elsewhere = makeApp(gateway.url);
  await Promise.all(handles.map(({ id }) => elsewhere.AsyncResult(id).get({ timeout: 60 })));
  proxy.heal();
  await Promise.all(handles.map((handle) => handle.get({ timeout: 60 })));
  expect(handles.map(states)).toEqual(handles.map(() => ['PENDING', 'STARTED', 'SUCCESS']));
  for (const list of heard) expect(list.filter((state, at) => list.indexOf(state) !== at)).toEqual([]);
});
