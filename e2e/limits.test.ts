/** Limits, with real processes: how often tasks of a name begin, and how many of one key run at the same time. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AsyncResult, Celeriac, KeyRequiredError } from '@celeriac/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { celeriac, type GatewayHandle, makeFolder, startGateway, startWorker } from './harness/house.ts';
import { linesOf } from './harness/signals.ts';
import type * as limited from './tasks/limited.ts';

const FILE = fileURLToPath(new URL('./tasks/limited.ts', import.meta.url));

async function setup(workers: number) {
  const gateway = await startGateway();
  for (let count = 1; count <= workers; count++)
    await startWorker(gateway.url, { file: FILE, flags: ['--name', `w${count}`, '--concurrency', '20'] });
  const app = new Celeriac<typeof limited>({ url: gateway.url });
  onTestFinished(() => app.close());
  return { gateway, app, file: join(makeFolder(), 'runs') };
}

const times = <Value>(count: number, make: (position: number) => Value): readonly Value[] =>
  Array.from({ length: count }, (_, position) => make(position));

function startOf(res: AsyncResult<unknown>): number {
  return res.history.find(({ state }) => state === 'STARTED')?.at.getTime() ?? Number.NaN;
}

async function control(gateway: GatewayHandle, ...args: readonly string[]): Promise<readonly string[]> {
  const child = celeriac(['control', ...args, '--gateway', gateway.url], makeFolder());
  expect(await child.exited, child.errors).toMatchObject({ code: 0 });
  return child.lines;
}

/** How many runs were under way at the same time: at most of any one key, and at most in all. */
function overlaps(lines: readonly string[]): { readonly ofOneKey: number; readonly inAll: number } {
  const open = new Map<string, number>();
  let [ofOneKey, inAll] = [0, 0];
  for (const line of lines) {
    const [what = '', key = ''] = line.split(' ');
    open.set(key, (open.get(key) ?? 0) + (what === 'begin' ? 1 : -1));
    ofOneKey = Math.max(ofOneKey, ...open.values());
    inAll = Math.max(
      inAll,
      [...open.values()].reduce((sum, one) => sum + one, 0),
    );
  }
  return { ofOneKey, inAll };
}

describe('a rate of 50/s', () => {
  test('holds up no other task of its queue', async () => {
    const { app } = await setup(1);
    await app.control.rateLimit('rated', '1/h');
    const rated = times(300, () => app.tasks.rated.delay());
    const free = times(1_000, () => app.tasks.free.delay());
    await Promise.all(free.map((res) => res.get({ timeout: 60 })));
    expect(rated.filter((res) => res.ready()).length).toBeLessThanOrEqual(1);
    expect((await rated.at(-1)?.refresh())?.waiting).toBe('rate');
  });

  test('holds over two workers for five seconds', async () => {
    const { app } = await setup(2);
    const rated = times(300, () => app.tasks.rated.delay());
    await Promise.all(rated.map((res) => res.get({ timeout: 60 })));
    const starts = rated.map(startOf).sort((one, other) => one - other);
    const begun = starts.filter((at) => at < (starts[0] ?? 0) + 5_000).length;
    // Promised are 5 %.
    expect(begun).toBeGreaterThanOrEqual(225);
    expect(begun).toBeLessThanOrEqual(275);
  });

  test('is changed from the command line, and stays so when the gateway is killed', async () => {
    const { gateway, app } = await setup(1);
    expect(await control(gateway, 'rate-limit', 'rated', '1/h')).toEqual(['rate 1/h']);
    expect(await control(gateway, 'concurrency-limit', 'rated', '4', '--json')).toEqual([
      JSON.stringify({
        command: 'concurrency-limit',
        task: 'rated',
        rateLimit: '1/h',
        concurrencyLimit: { task: 4, key: null },
      }),
    ]);
    await gateway.restart();
    const [first, second] = times(2, () => app.tasks.rated.delay());
    await first?.get({ timeout: 60 });
    await second?.accepted;
    expect((await second?.refresh())?.waiting).toBe('rate');
    expect(await app.control.rateLimit('rated', 'default')).toEqual({
      rateLimit: '50/s',
      concurrencyLimit: { task: 4, key: null },
    });
    expect(await second?.get({ timeout: 60 })).toBe('done');
  });
});

describe('a concurrency key', () => {
  const keys = times(20, (count) => `key${count}`);

  test('never lets two tasks of one key run at once, over 1,000 tasks, and others beside them', async () => {
    const { app, file } = await setup(2);
    const all = times(1_000, (count) => {
      const key = keys[count % keys.length] ?? '';
      return app.tasks.keyed.applyAsync([file, key], { concurrencyKey: key });
    });
    await Promise.all(all.map((res) => res.get({ timeout: 60 })));
    const lines = await linesOf(file);
    expect(lines).toHaveLength(2_000);
    const { ofOneKey, inAll } = overlaps(lines);
    expect(ofOneKey).toBe(1);
    expect(inAll).toBeGreaterThan(1);
  });

  test('holds although the gateway is killed in between', async () => {
    const { gateway, app, file } = await setup(2);
    const all = times(300, (count) => {
      const key = keys[count % 5] ?? '';
      return app.tasks.keyed.applyAsync([file, key], { concurrencyKey: key });
    });
    await Promise.all(all.map((res) => res.accepted));
    await all[20]?.get({ timeout: 60 });
    await gateway.restart();
    await Promise.all(all.map((res) => res.get({ timeout: 60 })));
    const lines = await linesOf(file);
    expect(lines.length).toBeGreaterThanOrEqual(600);
    expect(overlaps(lines).ofOneKey).toBe(1);
  });

  test('is made of the arguments where the definition is, and asked for where only its types are', async () => {
    const { gateway, app, file } = await setup(1);
    const keyless = app.tasks.keyed.delay(file, 'k');
    await expect(keyless.accepted).rejects.toBeInstanceOf(KeyRequiredError);
    await expect(keyless.get()).rejects.toBeInstanceOf(KeyRequiredError);

    const own = new Celeriac({ url: gateway.url });
    onTestFinished(() => own.close());
    const concurrencyKey = (_file: string, key: string): string => key;
    const keyed = own.task('keyed', { concurrencyKey }, async (_file: string, key: string) => key);
    const all = times(20, () => keyed.delay(file, 'k'));
    await Promise.all(all.map((res) => res.get({ timeout: 60 })));
    expect(overlaps(await linesOf(file))).toEqual({ ofOneKey: 1, inAll: 1 });
  });
});
