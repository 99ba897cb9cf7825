/** No frame to a worker is larger than what it takes, and what cannot pass costs itself only. */
import { type Assignment, type CallOptions, PEER_FRAME_LIMIT } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Running, startGateway } from '../../../test/gateway-setup.ts';
import { HELLO, RawWorker } from '../../../test/raw-worker.ts';

const KB = 1024;
/** As large as a payload may be, three bytes a character. */
const FAT = JSON.stringify('語'.repeat(262_000));
const DEFINITIONS = ['add', 'size'].map((name) => ({ name, options: {}, arity: null, params: null }));

/** Tasks that wait for a worker of the queue `default`, each with a fat result before its arguments. */
async function linkedTasks(running: Running, ids: readonly string[], args = '[]'): Promise<void> {
  const client = await running.client();
  const worker = await running.worker({ name: 'first', queues: ['first'], definitions: DEFINITIONS });
  for (const id of ids) {
    const link = [{ id, name: 'size', args, immutable: false, options: { queue: 'default' } }];
    client.emit('submit', [[`parent of ${id}`, 'add', '[]', { queue: 'first', link }, 0]]);
    await worker.works(FAT);
    await client.ended(`parent of ${id}`);
  }
}

async function assigned(worker: RawWorker, count: number): Promise<readonly Assignment[]> {
  const all: Assignment[] = [];
  while (all.length < count) all.push(...(await worker.next('assign')));
  return all;
}

const ids = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `link ${n}`);

test.each([
  ['few', '[]'],
  ['many', FAT],
])(
  'finding 2: results that stand before %s arguments count, however many fall to one worker at once',
  async (_, args) => {
    const running = await startGateway();
    await linkedTasks(running, ids(8), args);
    const worker = await running.worker({ capacity: 100, definitions: DEFINITIONS });
    expect((await assigned(worker, 8)).map(([, id]) => id).sort()).toEqual(ids(8));
    expect(worker.largest).toBeLessThanOrEqual(PEER_FRAME_LIMIT);
  },
);

test('finding 2: headers and texts count', async () => {
  const running = await startGateway();
  const client = await running.client();
  const options: CallOptions = {
    headers: 'h'.repeat(16_000),
    shadow: '語'.repeat(255),
    argsRepr: '"'.repeat(1_000),
  };
  for (let batch = 0; batch < 4; batch++) {
    const items = Array.from({ length: 100 }, (_, n) => [`${batch}-${n}`, 'size', '[]', options, 0]);
    client.emit('submit', items);
    await client.next('receipts');
  }
  const worker = await running.worker({ capacity: 1_000, definitions: DEFINITIONS, frameLimit: 64 * KB });
  expect(await assigned(worker, 400)).toHaveLength(400);
  expect(worker.largest).toBeLessThanOrEqual(64 * KB);
});

test('no frame is above what a worker announces, whatever calls carry', async () => {
  const text = (most: number) =>
    fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '\u0001', 'é', '語', '😀'), maxLength: most });
  const call = fc.record(
    { headers: text(16_000), shadow: text(120), argsRepr: text(500) },
    { requiredKeys: [] },
  );
  const running = await startGateway();
  const client = await running.client();
  const worker = await running.worker({ capacity: 10_000, definitions: DEFINITIONS, frameLimit: 64 * KB });
  const items = fc.sample(fc.tuple(text(20_000), call), { numRuns: 150, seed: 7 });
  for (const [position, [args, options]] of items.entries()) {
    const filled = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== ''));
    client.emit('submit', [[`${position}`, 'size', args, filled, 0]]);
  }
  const ended = new Set<string>();
  const given = new Set<string>();
  const fail = async (): Promise<void> => {
    while (ended.size + given.size < items.length)
      for (const [id, , , state] of (await client.next('events'))[0] as [string, number, number, string][])
        if (state === 'FAILURE') ended.add(id);
  };
  const take = async (): Promise<void> => {
    while (ended.size + given.size < items.length)
      for (const [, id] of await worker.next('assign')) given.add(id);
  };
  await Promise.race([fail(), take()]);
  expect(worker.largest).toBeLessThanOrEqual(64 * KB);
  expect(given.size).toBeGreaterThan(0);
});

describe('an assignment that no frame can carry', () => {
  test('fails by itself with a code, and its neighbours run', async () => {
    const running = await startGateway();
    const client = await running.client();
    client.emit('submit', [
      ['small', 'size', '[]', null, 0],
      ['large', 'size', 'x'.repeat(100_000), null, 0],
      ['other', 'size', '[]', null, 0],
    ]);
    await client.next('receipts');
    const worker = await running.worker({ definitions: DEFINITIONS, capacity: 2, frameLimit: 64 * KB });
    const end = await client.ended('large');
    expect(end.slice(3, 7)).toEqual(['FAILURE', 'error', 1, 'w1']);
    expect(JSON.parse(String(end[8]))).toMatchObject({ name: 'PayloadError', code: 'PAYLOAD_TOO_LARGE' });
    expect(end[8]).toContain('more than worker w1 accepts in one frame');
    for (let done = 0; done < 2; ) done += (await worker.works()).length;
    client.emit('submit', [['next', 'size', '[]', null, 0]]);
    expect((await worker.works())[0]?.[1]).toBe('next');
    expect(running.failures).toEqual([]);
  });

  test('that something on the way refuses is found by cutting to single ones', async () => {
    const running = await startGateway();
    await linkedTasks(running, ['fat']);
    const client = await running.client();
    client.emit('submit', [
      ['one', 'size', '[]', null, 0],
      ['two', 'size', '[]', null, 0],
    ]);
    await client.next('receipts');
    const hello = { definitions: DEFINITIONS, capacity: 10 };
    let worker = await RawWorker.greeting(running.url, hello, 200 * KB);
    const { session } = await worker.next('welcome');
    const held: unknown[] = [];
    const taken = new Set<string>();
    /** Takes what comes until the connection is closed because of its size. */
    const takeAll = async (one: RawWorker): Promise<void> => {
      for (;;) {
        const items = await Promise.race([one.next('assign'), one.closed.then(() => undefined)]);
        if (items === undefined) return;
        for (const [nonce, id, attempt] of items) {
          taken.add(id);
          held.push([id, attempt, nonce, false, null]);
        }
      }
    };
    client.emit('watch', { epoch: null, tasks: [['fat', 0]] });
    const end = client.ended('fat');
    for (let tries = 0; tries < 2; tries++) {
      await takeAll(worker);
      worker = await RawWorker.greeting(running.url, { ...hello, session, held }, 200 * KB);
    }
    void takeAll(worker);
    expect(JSON.parse(String((await end)[8]))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    expect([...taken].sort()).toEqual(['one', 'two']);
    worker.terminate();
  });
});

describe('a result that is too large', () => {
  test('fails its own task with a code, and no neighbour', async () => {
    const running = await startGateway();
    const client = await running.client();
    const worker = await running.worker({ definitions: DEFINITIONS });
    client.emit('submit', [
      ['large', 'size', '[]', null, 0],
      ['small', 'size', '[]', null, 0],
    ]);
    const items = await assigned(worker, 2);
    worker.send(['started', items.map(([nonce]) => nonce)]);
    const result = (id: string): string => (id === 'large' ? 'x'.repeat(256 * KB + 1) : '4');
    worker.send([
      'settled',
      items.map(([nonce, id, attempt]) => [nonce, id, attempt, ['success', result(id)]]),
    ]);
    const ends = new Map<string, readonly unknown[]>();
    while (ends.size < 2)
      for (const event of (await client.next('events'))[0] as [
        string,
        number,
        number,
        string,
        ...unknown[],
      ][])
        if (event[3] !== 'STARTED') ends.set(event[0], event);
    expect(ends.get('small')?.slice(3, 5)).toEqual(['SUCCESS', 'completed']);
    expect(ends.get('large')?.[3]).toBe('FAILURE');
    expect(JSON.parse(String(ends.get('large')?.[8]))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    expect((await worker.next('acks')).map(([, verdict]) => verdict)).toEqual(['applied', 'applied']);
  });
});

describe('a worker that has more to say than fits into a first frame', () => {
  const definitions = Array.from({ length: 2_500 }, (_, n) => ({
    name: `task ${n} ${'x'.repeat(200)}`,
    options: {},
    arity: null,
    params: null,
  }));
  const knock = ['knock', { protocol: { min: 1, max: 1 }, token: null }];

  test('knocks, is admitted, and says it in pieces before its hello', async () => {
    const running = await startGateway();
    const worker = new RawWorker(running.url);
    await worker.opened;
    worker.send(knock);
    expect(await worker.next('admitted')).toEqual({ frameLimit: 2 * KB * KB });
    for (let first = 0; first < 2_000; first += 1_000)
      worker.send(['definitions', definitions.slice(first, first + 1_000)]);
    worker.send(['held', [['1', 1, 'lost', true, null]]]);
    worker.send(['hello', { ...HELLO, definitions: definitions.slice(2_000) }]);
    expect(await worker.next('welcome')).toMatchObject({ lost: ['lost'], frameLimit: 2 * KB * KB });
    const client = await running.client();
    for (const { name } of [definitions[0], definitions[2_499]].filter((one) => one !== undefined)) {
      client.emit('submit', [[name.slice(0, 20), name, '[]', null, 0]]);
      expect((await worker.works())[0]?.[3]).toBe(name);
    }
    worker.terminate();
  });

  test.each<[string, readonly (readonly unknown[])[], string]>([
    ['before its knock', [['definitions', []]], 'expected definitions after a knock and before hello'],
    ['with two knocks', [knock, knock], 'expected one knock, before hello'],
    [
      'with a hello before it was admitted',
      [knock, ['hello', HELLO]],
      'expected hello after the answer to the knock',
    ],
  ])('is refused %s', async (_, frames, message) => {
    const { url } = await startGateway();
    const worker = new RawWorker(url);
    await worker.opened;
    for (const frame of frames) worker.send(frame);
    expect(await worker.next('refused')).toEqual({ code: 'BAD_FRAME', message });
    await worker.closed;
  });

  test('is refused after its hello', async () => {
    const running = await startGateway();
    const worker = await running.worker();
    worker.send(['held', []]);
    expect(await worker.next('refused')).toMatchObject({ code: 'BAD_FRAME' });
    await worker.closed;
  });

  test('is refused where it says more than is kept of one', async () => {
    const { url } = await startGateway();
    const worker = new RawWorker(url);
    await worker.opened;
    worker.send(knock);
    await worker.next('admitted');
    for (let first = 0; first < 11; first++) worker.send(['definitions', definitions.slice(0, 1_000)]);
    expect(await worker.next('refused')).toMatchObject({ code: 'TOO_MANY_DEFINITIONS' });
    await worker.closed;
  });
});

test('a worker hears of all that it has lost, however much it is, in frames that it takes', async () => {
  const running = await startGateway();
  const worker = new RawWorker(running.url);
  await worker.opened;
  worker.send(['knock', { protocol: { min: 1, max: 1 }, token: null }]);
  await worker.next('admitted');
  const nonces = Array.from({ length: 5_000 }, (_, n) => `nonce ${n}`.padEnd(40, '.'));
  for (let first = 0; first < 5_000; first += 1_000)
    worker.send(['held', nonces.slice(first, first + 1_000).map((nonce) => ['1', 1, nonce, true, null])]);
  worker.send(['hello', { ...HELLO, frameLimit: 64 * KB }]);
  const lost = new Set((await worker.next('welcome')).lost);
  while (lost.size < 5_000)
    for (const [nonce, reason] of await worker.next('abort')) if (reason === 'lease-lost') lost.add(nonce);
  expect([...lost].sort()).toEqual(nonces.toSorted());
  expect(worker.largest).toBeLessThanOrEqual(64 * KB);
  worker.terminate();
});
