import { describe, expect, test } from 'vitest';
import { type Running, startGateway } from '../../../test/gateway-setup.ts';
import { RawClient } from '../../../test/raw-client.ts';
import { SlowEngine } from '../../../test/slow-engine.ts';
import { MemoryEngine } from '../../engine/memory/memory-engine.ts';

const LARGE_RESULT = 'x'.repeat(250_000);
const LARGE = 'x'.repeat(256 * 1024 + 1);

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly body: string | null;
  readonly progress: readonly [state: string, meta: string] | null;
}

describe('a client', () => {
  test('gets receipts, then every change of its own tasks', async () => {
    const running = await startGateway();
    const worker = await running.worker();
    const client = await running.client();
    client.emit('submit', [['1', 'add', '[2,2]', null, 0]]);
    expect(await client.next('receipts')).toEqual([[['1', 1, 'default', true, expect.any(Number)]]]);
    await worker.works();
    const at = expect.any(Number);
    expect(await client.ended('1')).toEqual(['1', 3, at, 'SUCCESS', 'completed', 1, 'w1', 0, '4']);
  });

  test('is refused an oversize payload alone, by a receipt', async () => {
    const running = await startGateway();
    const client = await running.client();
    client.emit('submit', [
      ['large', 'add', LARGE, null, 0],
      ['small', 'add', '', null, 0],
    ]);
    expect(await client.next('receipts')).toEqual([
      [['large', 0, 'PAYLOAD_TOO_LARGE', 'the arguments have 262145 characters; the limit is 262144', null]],
    ]);
    expect(await client.next('receipts')).toMatchObject([[['small', 1, null, true, expect.any(Number)]]]);
    expect(await client.ask('get', ['large'])).toMatchObject({ ok: [{ known: false }] });
  });

  test('is told as its own definition has it whether the result of a task is kept that no worker has defined', async () => {
    const running = await startGateway();
    const client = await running.client();
    client.emit('define', [['add', { queue: 'media', ignoreResult: true }]]);
    client.emit('submit', [['1', 'add', '', null, 0]]);
    expect(await client.next('receipts')).toEqual([[['1', 1, null, false, expect.any(Number)]]]);
  });

  test('that submits again what has ended is shown its end', async () => {
    const running = await startGateway();
    const worker = await running.worker();
    const client = await running.client();
    client.emit('submit', [['1', 'add', '', null, 0]]);
    await worker.works();
    await client.ended('1');
    client.emit('submit', [['1', 'add', '', null, 0]]);
    const [snapshots] = await client.next('snapshots');
    expect(snapshots).toMatchObject([{ id: '1', state: 'SUCCESS', body: '4' }]);
  });

  test('that watches gets a snapshot, then what follows', async () => {
    const running = await startGateway();
    const owner = await running.client();
    owner.emit('submit', [['1', 'add', '', null, 0]]);
    await owner.next('receipts');
    const watcher = await running.client();
    watcher.emit('watch', {
      epoch: null,
      tasks: [
        ['1', 0],
        ['x', 0],
      ],
    });
    const [snapshots] = await watcher.next('snapshots');
    expect(snapshots).toMatchObject([
      { id: '1', known: true, sequence: 1, state: 'PENDING', waiting: 'worker' },
      { id: 'x', known: false, state: 'PENDING' },
    ]);
    const worker = await running.worker();
    await worker.works();
    expect((await watcher.ended('1')).slice(0, 2)).toEqual(['1', 3]);
  });

  test('that comes back gets what it missed, in the same store', async () => {
    const running = await startGateway();
    const worker = await running.worker();
    const first = await running.client();
    first.emit('submit', [['1', 'add', '', null, 0]]);
    await worker.works();
    await first.ended('1');
    const back = new RawClient(running.url);
    const [{ epoch }] = (await back.next('welcome')) as readonly [{ readonly epoch: string }];
    back.emit('watch', { epoch, tasks: [['1', 1]] });
    const [snapshots] = await back.next('snapshots');
    back.terminate();
    expect(snapshots).toMatchObject([
      {
        id: '1',
        from: 1,
        sequence: 3,
        history: [expect.arrayContaining(['STARTED']), expect.arrayContaining(['SUCCESS'])],
      },
    ]);
  });

  test('that comes back from another past of the store gets everything', async () => {
    const running = await startGateway();
    const first = await running.client();
    first.emit('submit', [['1', 'add', '', null, 0]]);
    const [[receipt]] = (await first.next('receipts')) as readonly [readonly [readonly unknown[]]];
    const back = new RawClient(running.url);
    const [{ epoch }] = (await back.next('welcome')) as readonly [{ readonly epoch: string }];
    for (const [at, from] of [
      [receipt?.[4], 1],
      [1, 0],
    ]) {
      back.emit('watch', { epoch, tasks: [['1', 1, at]] });
      const [snapshots] = await back.next('snapshots');
      expect(snapshots).toMatchObject([{ id: '1', sequence: 1, from }]);
    }
    back.terminate();
  });

  test('that comes back from another store gets everything', async () => {
    const running = await startGateway();
    const first = await running.client();
    first.emit('submit', [['1', 'add', '', null, 0]]);
    await first.next('receipts');
    first.emit('watch', { epoch: 'another', tasks: [['1', 1]] });
    const [snapshots] = await first.next('snapshots');
    expect(snapshots).toMatchObject([{ id: '1', from: 0, history: [expect.arrayContaining(['PENDING'])] }]);
  });

  /** Ends a hundred large tasks of a client that does not read. */
  async function overwhelm(running: Running): Promise<{ slow: RawClient; ids: readonly string[] }> {
    const worker = await running.worker({ capacity: 100 });
    const slow = await running.client();
    const ids = Array.from({ length: 100 }, (_, position) => `${position}`);
    slow.emit(
      'submit',
      ids.map((id) => [id, 'add', '', null, 0]),
    );
    await slow.next('receipts');
    slow.hang();
    for (let left = ids.length; left > 0; ) {
      const assignments = await worker.next('assign');
      left -= assignments.length;
      for (const [nonce, id, attempt] of assignments) {
        worker.send(['progress', [[nonce, 'PROGRESS', `last of ${id}`]]]);
        worker.send(['settled', [[nonce, id, attempt, ['success', LARGE_RESULT]]]]);
      }
    }
    for (let acked = 0; acked < ids.length; ) acked += (await worker.next('acks')).length;
    return { slow, ids };
  }

  test('that does not read for a while gets the last of every task and what it showed last, and not each change', async () => {
    const { slow, ids } = await overwhelm(await startGateway());
    slow.listen();
    const ended = new Set<string>();
    const shown = new Set<unknown>();
    let snapshots = 0;
    const readEvents = async (): Promise<void> => {
      while (ended.size < ids.length) {
        const [events] = (await slow.next('events')) as readonly [readonly (readonly string[])[]];
        for (const [id = '', , , state, custom, meta] of events) {
          if (state === 'SUCCESS') ended.add(id);
          else if (custom === 'PROGRESS') shown.add(meta);
        }
      }
    };
    const readSnapshots = async (): Promise<void> => {
      while (ended.size < ids.length) {
        const [list] = (await slow.next('snapshots')) as readonly [readonly Shown[]];
        for (const { id, state, body, progress } of list) {
          snapshots += 1;
          shown.add(progress?.[1]);
          if (state === 'SUCCESS' && body === LARGE_RESULT) ended.add(id);
        }
      }
    };
    await Promise.race([readEvents(), readSnapshots()]);
    expect(ended.size).toBe(ids.length);
    expect(shown).toEqual(new Set(ids.map((id) => `last of ${id}`)));
    expect(snapshots).toBeGreaterThan(0);
  });

  test('that cannot be shown what it missed is sent away, to come back for it', async () => {
    const engine = new SlowEngine(new MemoryEngine());
    const { slow } = await overwhelm(await startGateway({ engine }));
    engine.breaks();
    slow.listen();
    await slow.closed;
  });

  test('that stops watching hears nothing more', async () => {
    const running = await startGateway();
    const watcher = await running.client();
    const owner = await running.client();
    watcher.emit('watch', {
      epoch: null,
      tasks: [
        ['1', 0],
        ['2', 0],
      ],
    });
    watcher.emit('unwatch', ['1']);
    await watcher.ask('get', []);
    const worker = await running.worker();
    for (const id of ['1', '2']) {
      owner.emit('submit', [[id, 'add', '', null, 0]]);
      await worker.works();
    }
    const [, , , state] = await watcher.ended('2');
    expect(state).toBe('SUCCESS');
    expect(watcher.heard('events')).toBe(0);
  });

  test('is told to come back later when the gateway goes', async () => {
    const running = await startGateway();
    const client = await running.client();
    const stopping = running.gateway.stop();
    const [afterMs] = await client.next('goaway');
    expect(afterMs).toBeLessThan(1_000);
    await client.closed;
    await stopping;
  });

  test('changes limits of a task that somebody has defined, and is told what holds', async () => {
    const running = await startGateway();
    const client = await running.client();
    const missing = await client.ask('control', [['rateLimit', 'add', 3_600]]);
    expect(missing).toMatchObject({ refused: { code: 'TASK_NOT_DEFINED' } });
    await running.worker();
    const answer = await client.ask('control', [
      ['rateLimit', 'add', 3_600],
      ['concurrencyLimit', 'add', 4],
      ['rateLimit', 'add', 'default'],
    ]);
    expect(answer).toEqual({
      ok: [
        { ratePerHour: 3_600, taskLimit: null, keyLimit: null },
        { ratePerHour: 3_600, taskLimit: 4, keyLimit: null },
        { ratePerHour: null, taskLimit: 4, keyLimit: null },
      ],
    });
  });

  test('revokes, and is answered in order', async () => {
    const running = await startGateway();
    const client = await running.client();
    client.emit('submit', [['1', 'add', '', null, 0]]);
    expect(
      await client.ask('revoke', [
        ['1', false, 0],
        ['x', false, 0],
      ]),
    ).toEqual({ ok: ['prevented', 'unknown'] });
  });
});

describe('a gateway', () => {
  test('stops although a worker does not answer', async () => {
    const running = await startGateway();
    const worker = await running.worker();
    worker.hang();
    await running.gateway.stop();
    await expect(fetch(`${running.url}/healthz`)).rejects.toThrow('fetch failed');
  });

  test('stops once', async () => {
    const running = await startGateway();
    await running.gateway.stop();
    await expect(running.gateway.stop()).resolves.toBeUndefined();
  });

  test('says why it cannot start', async () => {
    const running = await startGateway();
    await expect(startGateway({ port: Number(new URL(running.url).port) })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
