import { fileURLToPath } from 'node:url';
import { Celeriac, PayloadError } from '@celeriac/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startGateway, startWorker, states } from './harness/house.ts';
import { csv } from './tasks/csv.ts';
import type * as tasks from './tasks/values.ts';

const FILE = fileURLToPath(new URL('tasks/values.ts', import.meta.url));
const IN_TIME = { timeout: 60 };

/** A client as a browser has it: types only; each serializer is named by the call. */
function makeClient(url: string): Celeriac<typeof tasks> {
  const app = new Celeriac<typeof tasks>({ url });
  onTestFinished(() => app.close());
  return app;
}

async function setup() {
  const gateway = await startGateway();
  await startWorker(gateway.url, { file: FILE });
  return { gateway, app: makeClient(gateway.url) };
}

describe('devalue', () => {
  test('carries Maps, Sets, Dates and BigInts to a worker and back, also from the disk of the gateway', async () => {
    const { gateway, app } = await setup();
    const words = new Map([
      ['one', new Date(1_000)],
      ['two', new Date(2_000)],
      ['too', new Date(2_000)],
    ]);
    const expected = {
      byTime: new Map([
        [1_000, new Set(['one'])],
        [2_000, new Set(['two', 'too'])],
      ]),
      latest: new Date(2_000),
      total: 3n,
    };
    const res = app.tasks.moments.applyAsync([words], { serializer: 'devalue' });
    expect(await res.get(IN_TIME)).toStrictEqual(expected);
    await gateway.restart();
    const later = makeClient(gateway.url).AsyncResult(res.id);
    expect(await later.get(IN_TIME)).toStrictEqual(expected);
    await later.refresh();
    expect(later.args).toStrictEqual([words]);
  });

  test('carries what contains itself', async () => {
    const { app } = await setup();
    const ring: tasks.Ring = { name: 'a' };
    ring.next = ring;
    const back = await app.tasks.widen.applyAsync([ring], { serializer: 'devalue' }).get(IN_TIME);
    expect(back.next?.name).toBe('after a');
    expect(back.next?.next).toBe(back);
  });

  test('carries what a task shows of itself, and what it retries with', async () => {
    const { app } = await setup();
    const shown: unknown[] = [];
    const res = app.tasks.twice.applyAsync([new Set([1])], { serializer: 'devalue' });
    res.on('progress', ({ info }) => {
      shown.push(info);
      app.tasks.goOn.delay();
    });
    expect(await res.get(IN_TIME)).toStrictEqual(new Set([1, res.id]));
    expect(shown).toStrictEqual([new Set([1]), new Set([1, res.id])]);
    expect(states(res)).toEqual(['PENDING', 'STARTED', 'RETRY', 'STARTED', 'SUCCESS']);
  });

  test('of one task reaches another whose arguments are JSON: each payload is read by what wrote it', async () => {
    const { app } = await setup();
    const { mapOf, describe } = app.tasks;
    const res = mapOf.applyAsync(['a', 'bc'], { serializer: 'devalue', link: describe.s({ own: 1 }) });
    expect(await res.get(IN_TIME)).toStrictEqual(
      new Map([
        ['a', 1],
        ['bc', 2],
      ]),
    );
    expect(await res.children[0]?.get(IN_TIME)).toEqual(['Map(a bc)', '{"own":1}']);
  });
});

describe('JSON', () => {
  test('fails a task whose result it would change, and says where and what to do', async () => {
    const { app } = await setup();
    const res = app.tasks.mean.delay([]);
    await expect(res.get(IN_TIME)).rejects.toThrow(
      "result of mean: items[1] is NaN, which JSON turns into null; serializer: 'devalue' carries it",
    );
    expect(res.result).toBeInstanceOf(PayloadError);
    expect(res.state).toBe('FAILURE');
    const value = await app.tasks.mean.applyAsync([[]], { serializer: 'devalue' }).get(IN_TIME);
    expect(value).toEqual({ title: 'mean', items: [0, Number.NaN] });
  });

  test('fails a call at the call', async () => {
    const { app } = await setup();
    expect(() => app.tasks.moments.delay(new Map())).toThrow(
      'arguments of moments: [0] is a Map, which JSON turns into an empty object',
    );
  });
});

describe('a serializer of our own', () => {
  const rows = [
    ['a', 'b'],
    ['1', '2'],
  ];
  const turned = [
    ['a', '1'],
    ['b', '2'],
  ];

  test('carries calls and results where both ends have it', async () => {
    const { app } = await setup();
    app.registerSerializer(csv);
    const res = app.tasks.columns.applyAsync([rows], { serializer: 'csv' });
    expect(await res.get(IN_TIME)).toEqual(turned);
  });

  test('that another client has not does not leave it waiting', async () => {
    const { gateway, app } = await setup();
    app.registerSerializer(csv);
    const res = app.tasks.columns.applyAsync([rows], { serializer: 'csv' });
    await res.get(IN_TIME);
    const other = makeClient(gateway.url).AsyncResult(res.id);
    await expect(other.get()).rejects.toThrow("came as 'text/csv', which no serializer of this app reads");
    expect(other.state).toBe('SUCCESS');
  });

  test('that the worker has not fails the task, naming its content type', async () => {
    const { app } = await setup();
    app.registerSerializer({ ...csv, name: 'tsv', contentType: 'text/tab-separated-values' });
    const res = app.tasks.columns.applyAsync([rows], { serializer: 'tsv' });
    await expect(res.get(IN_TIME)).rejects.toThrow(
      "arguments of columns came as 'text/tab-separated-values', which no serializer of this app reads",
    );
    expect(res.state).toBe('FAILURE');
    expect(res.result).toBeInstanceOf(PayloadError);
  });
});
