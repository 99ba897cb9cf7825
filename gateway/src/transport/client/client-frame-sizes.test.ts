/** Calls are counted whole, frames to a client are below what it takes, and what is too large costs itself only. */
import { PEER_FRAME_LIMIT, type WireSnapshot, type WireWorkerRow } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startGateway } from '../../../test/gateway-setup.ts';
import type { RawClient } from '../../../test/raw-client.ts';
import { HELLO, RawWorker } from '../../../test/raw-worker.ts';
import { unknownSnapshot } from '../../core/snapshot.ts';
import { eventSize, FRAME_ENVELOPE, fitRow, fitSnapshot, itemSize, receiptSize } from './sizes.ts';

const KB = 1024;
const FAT = JSON.stringify('語'.repeat(262_000));

function link(args: string, options: object | null = null): object {
  return { id: 'l', name: 'add', args, immutable: true, options };
}

async function receiptsOf(client: RawClient, count: number): Promise<ReadonlyMap<string, unknown[]>> {
  const receipts = new Map<string, unknown[]>();
  while (receipts.size < count)
    for (const receipt of (await client.next('receipts'))[0] as unknown[][])
      receipts.set(String(receipt[0]), receipt);
  return receipts;
}

describe('a call', () => {
  const quarter = 'x'.repeat(250_000);
  const deep = (levels: number): object => link(quarter, levels === 0 ? null : { link: [deep(levels - 1)] });

  test.each<[string, object]>([
    ['links', { link: Array.from({ length: 7 }, () => link(quarter)) }],
    ['links of errors', { linkError: Array.from({ length: 5 }, () => link(quarter)) }],
    ['links of links', { link: [deep(4)] }],
    ['links of three bytes a character', { link: [link('語'.repeat(200_000)), link('語'.repeat(200_000))] }],
    ['links that are escaped', { link: Array.from({ length: 3 }, () => link('"'.repeat(200_000))) }],
    [
      'many small links with headers',
      { link: Array.from({ length: 70 }, () => link('[]', { headers: 'h'.repeat(16_000) })) },
    ],
  ])(
    'finding 17: that is too large by its %s is refused with a code, and its neighbours are not',
    async (_, options) => {
      const { client: connect } = await startGateway();
      const client = await connect();
      client.emit('submit', [
        ['one', 'add', '[]', null, 0],
        ['large', 'add', '[]', options, 0],
        ['other', 'add', '[]', null, 0],
      ]);
      const receipts = await receiptsOf(client, 3);
      expect(receipts.get('large')).toEqual([
        'large',
        0,
        'CALL_TOO_LARGE',
        expect.stringMatching(/^the call has \d+ bytes with all its texts and links; the limit is 1048576$/),
        null,
      ]);
      expect([receipts.get('one')?.[1], receipts.get('other')?.[1]]).toEqual([1, 1]);
    },
  );

  test('of the largest arguments, headers and texts that each may have is taken', async () => {
    const { client: connect } = await startGateway();
    const client = await connect();
    const options = { headers: '語'.repeat(16_000), shadow: '語'.repeat(255), argsRepr: '語'.repeat(1_000) };
    client.emit('submit', [['1', 'add', '語'.repeat(262_144), options, 0]]);
    expect((await receiptsOf(client, 1)).get('1')?.[1]).toBe(1);
  });

  test('with a text or a linked payload that is too long is refused alone, and the connection stays', async () => {
    const { client: connect } = await startGateway();
    const client = await connect();
    client.emit('submit', [
      ['headers', 'add', '[]', { headers: 'h'.repeat(16_385) }, 0],
      ['fine', 'add', '[]', null, 0],
      ['linked', 'add', '[]', { link: [link('x'.repeat(256 * KB + 1))] }, 0],
    ]);
    const receipts = await receiptsOf(client, 3);
    expect([...receipts.values()].map((receipt) => receipt.slice(0, 3)).sort()).toEqual([
      ['fine', 1, null],
      ['headers', 0, 'CALL_TOO_LARGE'],
      ['linked', 0, 'PAYLOAD_TOO_LARGE'],
    ]);
    expect(await client.ask('get', [])).toEqual({ ok: [] });
  });
});

describe('a client is sent no frame above what it takes', () => {
  test('whatever tasks take, give and are called', async () => {
    const running = await startGateway();
    const client = await running.client();
    const worker = await running.worker({ capacity: 20 });
    const ids = Array.from({ length: 12 }, (_, n) => `${n}`.padEnd(255, '語'));
    for (const id of ids) client.emit('submit', [[id, 'add', FAT, null, 0]]);
    for (let done = 0; done < 12; ) done += (await worker.works(FAT)).length;
    for (let acked = 0; acked < 12; ) acked += (await worker.next('acks')).length;
    const watcher = await running.client();
    watcher.emit('watch', { epoch: null, tasks: ids.map((id) => [id, 0]) });
    const shown: unknown[] = [];
    while (shown.length < 12) {
      const [snapshots] = (await watcher.next('snapshots')) as [WireSnapshot[]];
      for (const { args, body } of snapshots) shown.push(args === FAT && body === FAT);
    }
    expect(new Set(shown)).toEqual(new Set([true]));
    expect(await watcher.ask('get', ids)).toMatchObject({ ok: [{ id: ids[0], body: FAT }] });
    expect(running.refusals).toEqual([]);
    expect(Math.max(client.largest, watcher.largest)).toBeLessThanOrEqual(PEER_FRAME_LIMIT);
  });

  test('however long the names are in what an operator sees', async () => {
    const running = await startGateway();
    const client = await running.client();
    const name = '語'.repeat(255);
    const options = { shadow: name, argsRepr: '語'.repeat(1_000) };
    const ids = Array.from({ length: 1_500 }, (_, n) => `${n}`.padEnd(255, '語'));
    for (let first = 0; first < ids.length; first += 250)
      client.emit(
        'submit',
        ids.slice(first, first + 250).map((id) => [id, name, '[]', options, 0]),
      );
    await receiptsOf(client, ids.length);
    const listed = new Set<string>();
    let pages = 0;
    for (let before: number | null = null; pages === 0 || before !== null; pages++) {
      const answer = (await client.ask('list', [{ filter: {}, before, rows: 5_000 }])) as {
        ok: [{ rows: [string][]; next: number | null }];
      };
      for (const [id] of answer.ok[0].rows) listed.add(id);
      before = answer.ok[0].next;
    }
    expect(listed.size).toBe(ids.length);
    expect(pages).toBeGreaterThan(1);
    client.emit('openFeeds', [[1, 'tasks', {}, 5_000]]);
    for (let last = false; !last; ) {
      const [[item]] = (await client.next('feeds')) as [[[number, 'rows', { last: boolean }]]];
      last = item[2].last;
    }
    expect(client.largest).toBeLessThanOrEqual(PEER_FRAME_LIMIT);
  }, 30_000);

  test('and of a worker of more names than a frame has room for it is told the first', async () => {
    const running = await startGateway();
    const worker = new RawWorker(running.url);
    await worker.opened;
    worker.send(['knock', HELLO]);
    await worker.next('admitted');
    const names = Array.from({ length: 9_000 }, (_, n) => `${n}`.padEnd(250, '語'));
    for (let first = 0; first < names.length; first += 1_000)
      worker.send([
        'definitions',
        names.slice(first, first + 1_000).map((name) => ({ name, options: {}, arity: null, params: null })),
      ]);
    worker.send(['hello', { ...HELLO, definitions: [] }]);
    await worker.next('welcome');
    const client = await running.client();
    client.emit('openFeeds', [[1, 'workers']]);
    const [[item]] = (await client.next('feeds')) as [[[number, 'rows', { rows: WireWorkerRow[] }]]];
    expect(item[2].rows).toMatchObject([{ 1: 'w1' }]);
    const shown = item[2].rows[0]?.[8] ?? [];
    expect(shown.length).toBeGreaterThan(100);
    expect(shown).toEqual(names.slice(0, shown.length));
    expect(client.largest).toBeLessThanOrEqual(PEER_FRAME_LIMIT);
    worker.terminate();
  }, 30_000);

  test('when it is told of what it may not watch', async () => {
    const running = await startGateway();
    const client = await running.client();
    const ids = Array.from({ length: 12_000 }, (_, n) => `${n}`.padEnd(50, '.'));
    for (let first = 0; first < ids.length; first += 6_000)
      client.emit('watch', { epoch: null, tasks: ids.slice(first, first + 6_000).map((id) => [id, 0]) });
    const refused = new Set<string>();
    while (refused.size < 2_000) {
      const [refusal] = (await client.next('refused')) as [{ code: string; ids: string[] }];
      expect(refusal.code).toBe('TOO_MANY_WATCHES');
      for (const id of refusal.ids) refused.add(id);
    }
    expect(client.largest).toBeLessThanOrEqual(PEER_FRAME_LIMIT);
  });
});

describe('what is too large to travel whole', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '"', '\u0001', 'é', '語', '😀'),
    minLength: 1,
    maxLength: 3_000,
  });

  test('of a snapshot is slimmed, and never of its result', () => {
    fc.assert(
      fc.property(text, text, text, fc.array(text, { maxLength: 5 }), (args, body, meta, children) => {
        const whole: WireSnapshot = { ...unknownSnapshot('1'), args, body, progress: ['P', meta], children };
        const limit = Math.max(itemSize(whole) - 100, itemSize(body) + 1_000);
        const fitting = fitSnapshot(whole, limit);
        expect(fitting.body).toBe(body);
        const gone = [
          ...(fitting.args === args ? [] : ['args']),
          ...(fitting.progress === null ? ['progress'] : []),
          ...(fitting.children === children ? [] : ['children']),
        ];
        expect(fitting.leftOut ?? []).toEqual(gone);
        expect(Buffer.byteLength(JSON.stringify(fitting)) + FRAME_ENVELOPE).toBeLessThanOrEqual(limit);
        expect(fitSnapshot(whole, itemSize(whole) + FRAME_ENVELOPE)).toBe(whole);
      }),
    );
  });

  test('of a row is shortened in its lists', () => {
    fc.assert(
      fc.property(fc.array(text), fc.array(text), (queues, tasks) => {
        const row = [
          's',
          'w',
          'box',
          1,
          'online',
          'inline',
          '1',
          queues,
          tasks,
          1,
          0,
          1,
          [],
          0,
          null,
          null,
          null,
          0,
          null,
        ] as unknown as WireWorkerRow;
        const fitting = fitRow(row, 20_000);
        expect(itemSize(fitting)).toBeLessThanOrEqual(20_000);
      }),
    );
  });

  test('is never more than it was counted: events and receipts', () => {
    fc.assert(
      fc.property(
        text,
        text,
        fc.option(text, { nil: null }),
        fc.array(text),
        (id, worker, body, children) => {
          const ended = [
            id,
            3,
            1_795_576_254_595,
            'REVOKED',
            'worker-lost',
            1,
            worker,
            12,
            body,
            children,
          ] as const;
          expect(eventSize(ended)).toBeGreaterThan(Buffer.byteLength(JSON.stringify(ended)));
          const progress = [id, 3, 1_795_576_254_595, null, worker, body ?? ''] as const;
          expect(eventSize(progress)).toBeGreaterThan(Buffer.byteLength(JSON.stringify(progress)));
          const accepted = [id, 1, body, false, 1_795_576_254_595] as const;
          expect(receiptSize(accepted)).toBeGreaterThan(Buffer.byteLength(JSON.stringify(accepted)));
          const refused = [id, 0, worker, worker, 60_000] as const;
          expect(receiptSize(refused)).toBeGreaterThan(Buffer.byteLength(JSON.stringify(refused)));
        },
      ),
    );
  });
});
