import { ManualClock } from '@celeriac/runtime/testing';
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from '@celeriac/token/internal';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { ask, startGateway } from '../../../test/gateway-setup.ts';
import { BEAT } from '../../../test/raw-worker.ts';
import { SlowEngine } from '../../../test/slow-engine.ts';
import { MemoryEngine } from '../../engine/memory/memory-engine.ts';

const KEY = 'k'.repeat(32);

function token(scope: string): Promise<string> {
  return new SignJWT({ scope })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(TOKEN_AUDIENCE)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(KEY));
}

/** The figures by name, labels included. */
async function figures(url: string): Promise<ReadonlyMap<string, number>> {
  const { status, body } = await ask(url, '/metrics');
  expect(status).toBe(200);
  const lines = String(body)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

describe('/metrics', () => {
  test('counts what went through', async () => {
    const { url, client, worker } = await startGateway({ maxDepth: 2 });
    const caller = await client();
    const hand = await worker({ capacity: 1 });
    caller.emit('submit', [['done', 'add', '[2,2]', null, 0]]);
    await hand.works();
    await caller.ended('done');
    hand.send(['capacity', 0]);
    hand.send(['beat', BEAT]);
    await hand.next('beat');
    caller.emit(
      'submit',
      ['1', '2', '3'].map((id) => [id, 'add', '[2,2]', null, 0]),
    );
    await caller.next('receipts');
    await caller.next('receipts');

    const shown = await figures(url);
    expect(Object.fromEntries(shown)).toMatchObject({
      celeriac_tasks_accepted_total: 3,
      celeriac_tasks_delivered_total: 1,
      'celeriac_tasks_ended_total{state="SUCCESS"}': 1,
      'celeriac_refused_total{code="QUEUE_FULL"}': 1,
      'celeriac_queue_depth{queue="default"}': 2,
      celeriac_clients_connected: 1,
      celeriac_workers_connected: 1,
      celeriac_tasks_held: 0,
      celeriac_delivery_stall_seconds: 0,
      celeriac_storage_full: 0,
      celeriac_leases_lost_total: 0,
      celeriac_write_tasks_sum: expect.any(Number),
      celeriac_write_seconds_count: expect.any(Number),
    });
    expect(shown.get('process_resident_memory_bytes')).toBeGreaterThan(0);
    expect(shown.get('nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0);
    expect(shown.get('celeriac_write_seconds_count')).toBeGreaterThanOrEqual(3);
  });

  test('names the deepest queues only, however many are named by callers', async () => {
    const { url, client } = await startGateway();
    const caller = await client();
    const deep = ['a', 'b'].map((id) => [id, 'add', '[]', { queue: 'deep' }, 0]);
    const many = Array.from({ length: 300 }, (_, n) => [`${n}`, 'add', '[]', { queue: `q${n}` }, 0]);
    caller.emit('submit', [...many, ...deep]);
    await caller.next('receipts');
    const depths = [...(await figures(url))].filter(([name]) => name.startsWith('celeriac_queue_depth'));
    expect(depths).toHaveLength(201);
    expect(new Map(depths).get('celeriac_queue_depth{queue="deep"}')).toBe(2);
    expect(new Map(depths).get('celeriac_queue_depth{queue="(others)"}')).toBe(101);
  });

  test('wants a token with admin:read where there are keys', async () => {
    const { url } = await startGateway({ keys: [KEY] });
    const bearer = async (scope: string): Promise<Record<string, string>> => ({
      authorization: `Bearer ${await token(scope)}`,
    });
    expect(await ask(url, '/metrics')).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    expect(await ask(url, '/metrics', { authorization: 'Bearer x' })).toMatchObject({ status: 401 });
    expect(await ask(url, '/metrics', await bearer('call:* read:*'))).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    });
    expect(await ask(url, '/metrics', await bearer('admin:read'))).toMatchObject({ status: 200 });
  });
});

test('/readyz says how many tasks wait for the trial of another one that was lost with its worker', async () => {
  const { url, client, worker } = await startGateway();
  const caller = await client();
  caller.emit('submit', [
    ['1', 'add', '[2,2]', null, 0],
    ['2', 'add', '[2,2]', null, 0],
  ]);
  await caller.next('receipts');
  for (const name of ['w1', 'w2']) {
    const victim = await worker({ name, bootId: name });
    const assigned = await victim.next('assign');
    victim.send(['started', assigned.map(([nonce]) => nonce)]);
    victim.send(['bye', null]);
    await victim.closed;
  }
  const last = await worker({ name: 'w3', bootId: 'w3' });
  expect(await last.next('assign')).toHaveLength(1);
  const { status, body } = await ask(url, '/readyz');
  expect({ status, body }).toMatchObject({
    status: 200,
    body: { why: 'takes work; tasks lost with their workers that wait to be tried one at a time: 1' },
  });
});

test('/readyz says no while tasks and workers wait and nothing is delivered', async () => {
  const engine = new SlowEngine(new MemoryEngine());
  const clock = new ManualClock();
  const { url, client, worker } = await startGateway({ engine, clock });
  const caller = await client();
  caller.emit('submit', [['1', 'add', '[2,2]', null, 0]]);
  await caller.next('receipts');
  engine.holdClaims();
  const hand = await worker({ capacity: 1 });
  await clock.advance(12_000);
  const { status, body } = await ask(url, '/readyz');
  expect({ status, body }).toMatchObject({
    status: 503,
    body: { status: 'not ready', why: 'nothing is delivered, although tasks and workers are waiting' },
  });
  engine.answerClaims();
  await hand.next('assign');
  await clock.advance(1_000);
  expect(await ask(url, '/readyz')).toMatchObject({ status: 200, body: { stallMs: 0 } });
});
