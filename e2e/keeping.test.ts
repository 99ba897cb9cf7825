/** What becomes of the store's file: copied, put back, taken away. */
import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  celeriac,
  type GatewayHandle,
  makeApp,
  makeFolder,
  startGateway,
  startWorker,
} from './harness/house.ts';

/** A command that ends: its code, and what it said. */
async function run(
  args: readonly string[],
  gateway?: GatewayHandle,
): Promise<{ readonly code: number | null; readonly out: readonly string[]; readonly err: string }> {
  const child = celeriac(args, makeFolder(), gateway === undefined ? {} : { CELERIAC_URL: gateway.url });
  const { code } = await child.exited;
  return { code, out: child.lines, err: child.errors };
}

test('a backup is made while the gateway runs, and put in the place of the store', async () => {
  const gateway = await startGateway();
  const store = join(gateway.folder, 'celeriac.db');
  const monday = join(gateway.folder, 'monday.db');
  await startWorker(gateway.url);
  const app = makeApp(gateway.url);
  const before = app.tasks.add.delay(2, 2);
  expect(await before.get({ timeout: 60 })).toBe(4);

  const made = await run(['control', 'backup', 'monday.db', '--json'], gateway);
  expect(made).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(made.out[0] ?? '')).toMatchObject({ command: 'backup', path: monday });
  const again = await run(['control', 'backup', 'monday.db'], gateway);
  expect(again).toEqual({
    code: 1,
    out: [],
    err: `celeriac: ${monday} already exists and was not overwritten\n`,
  });
  const elsewhere = await run(['control', 'backup', '/etc/monday.db'], gateway);
  expect(elsewhere.code).toBe(1);
  expect(elsewhere.err).toMatch(
    /^celeriac: backups go into \S+ on the gateway's machine, .*--backup-folder.*\n$/,
  );
  const after = app.tasks.add.delay(3, 3);
  await after.get({ timeout: 60 });

  const held = await run(['store', 'check', store]);
  expect(held).toMatchObject({ code: 1, out: [] });
  expect(held.err).toMatch(/^celeriac: cannot check task store .*: another process holds it.*\n$/);
  const checked = await run(['store', 'check', monday]);
  expect(checked).toMatchObject({ code: 0, err: '' });
  expect(checked.out.join('\n')).toMatch(
    /monday\.db: sound\n[\s\S]*0 waiting, 0 with workers, 1 ended, 0 tombstones$/,
  );

  await gateway.child.kill();
  copyFileSync(monday, store);
  const wrong = await run(['gateway', '--port', '0', '--store', `sqlite:${store}`]);
  expect(wrong.code).toBe(1);
  expect(wrong.err).toMatch(
    /^celeriac: .*celeriac\.db-wal beside it is not its log, but that of another store.*\n$/,
  );
  rmSync(`${store}-wal`);
  await gateway.restart();
  const fresh = makeApp(gateway.url);
  expect(await fresh.AsyncResult<number>(before.id).get({ timeout: 60 })).toBe(4);
  expect((await fresh.AsyncResult(after.id).refresh()).known).toBe(false);
  await gateway.child.stop();
  const compacted = await run(['store', 'compact', store]);
  expect(compacted).toMatchObject({
    code: 0,
    err: '',
    out: [expect.stringMatching(/ MB before, .* MB now$/)],
  });
});

test('a store in memory is not backed up, and says so', async () => {
  const gateway = await startGateway({ store: 'memory' });
  const refused = await run(['control', 'backup', 'monday.db'], gateway);
  expect(refused).toMatchObject({ code: 1, out: [] });
  expect(refused.err).toMatch(/^celeriac: a store in memory is not backed up; .*--store sqlite:FILE.*\n$/);
});

test('a store that is deleted under its gateway ends it, and none is begun in its place', async () => {
  const gateway = await startGateway();
  const store = join(gateway.folder, 'celeriac.db');
  rmSync(store);
  const { code } = await gateway.child.exited;
  expect(code).toBe(1);
  expect([...gateway.child.lines, gateway.child.errors].join('\n')).toContain(
    'was deleted, emptied, overwritten, moved or replaced while it was open; nothing more is accepted',
  );
  for (const _ of ['once', 'twice']) {
    const next = await run(['gateway', '--port', '0', '--store', `sqlite:${store}`]);
    expect(next).toMatchObject({ code: 1, out: [] });
    expect(next.err).toMatch(
      /^celeriac: .*it does not exist, but \S+celeriac\.db-wal .* a store that was here.*\n$/,
    );
    expect(existsSync(store)).toBe(false);
  }
});

test('a store that was emptied is no new one, and a name that means another file is refused', async () => {
  const gateway = await startGateway();
  const store = join(gateway.folder, 'celeriac.db');
  await gateway.child.stop();
  writeFileSync(store, '');
  const next = await run(['gateway', '--port', '0', '--store', `sqlite:${store}`]);
  expect(next.err).toMatch(
    /^celeriac: .*it is empty, but \S+celeriac\.db-reserve of a store that was here is: .*\n$/,
  );
  const spelt = await run(['gateway', '--port', '0', '--store', 'sqlite://tasks.db']);
  expect(spelt).toMatchObject({ code: 2, out: [] });
  expect(spelt.err).toMatch(/^celeriac: .*; write sqlite:tasks\.db\n$/);
});
