import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Celeriac } from '@celeriac/client';
import { expect, type Page, test } from '@playwright/test';
import type * as tasks from '../tasks/tasks.ts';
// Brings the declaration of what the page offers.
import type {} from './fixture/page.ts';
import { type OwnPage, startOwnPage } from './own-page.ts';

const CLI = fileURLToPath(new URL('../../cli/bin/celeriac.js', import.meta.url));
const KEY = 'a key of at least thirty-two characters';

function tokenFor(subject: string, ...scopes: readonly string[]): string {
  const wanted = scopes.flatMap((scope) => ['--scope', scope]);
  const given = ['token', '--key', KEY, '--subject', subject, ...wanted];
  return execFileSync(process.execPath, [CLI, ...given], { encoding: 'utf8' }).trim();
}

let own: OwnPage;
let operator: Celeriac<typeof tasks>;

test.beforeAll(async () => {
  own = await startOwnPage({
    gatewayFlags: ['--store', 'memory'],
    env: { CELERIAC_KEY: KEY, CELERIAC_TOKEN: tokenFor('worker', 'work:*') },
  });
  operator = new Celeriac<typeof tasks>({ url: own.url, token: tokenFor('operator', '*') });
});

test.afterAll(async () => {
  await operator.close();
  await own.stop();
});

/** What the page finds of its user's calls, newest first. */
function found(tab: Page, token: string): Promise<readonly (readonly [id: string, args: string])[]> {
  return tab.evaluate(
    async ([url = '', given]) => {
      const rows: (readonly [string, string])[] = [];
      for await (const { id, args } of window.makeApp(url, given).monitor.history()) rows.push([id, args]);
      return rows;
    },
    [own.url, token],
  );
}

test('a page finds and follows what its user called, also after a reload and on another device', async ({
  page: tab,
  browser,
}) => {
  const alice = tokenFor('alice', 'call:echo', 'read:own');
  const bob = tokenFor('bob', 'call:echo', 'read:own');
  await operator.control.pauseQueue('default');
  await tab.goto(own.address);
  const id = await tab.evaluate(
    async ([url = '', given]) => {
      const result = window.makeApp(url, given).tasks.echo.delay('hello');
      await result.accepted;
      return result.id;
    },
    [own.url, alice],
  );

  await tab.reload();
  expect(await found(tab, alice)).toEqual([[id, '["hello"]']]);
  const elsewhere = await (await browser.newContext()).newPage();
  await elsewhere.goto(own.address);
  expect(await found(elsewhere, bob)).toEqual([]);
  expect(await found(elsewhere, alice)).toEqual([[id, '["hello"]']]);

  // Each follows it from its first snapshot on, to its end.
  const followed = [tab, elsewhere].map((where) =>
    where.evaluate(
      async ([url = '', given, one = '']) => {
        const result = window.makeApp(url, given).AsyncResult(one);
        await result.refresh();
        document.title = result.state;
        return result.get();
      },
      [own.url, alice, id],
    ),
  );
  await expect(tab).toHaveTitle('PENDING');
  await expect(elsewhere).toHaveTitle('PENDING');
  await operator.control.resumeQueue('default');
  expect(await Promise.all(followed)).toEqual(['hello', 'hello']);
  await elsewhere.context().close();
});

test('everything else is refused to it', async ({ page: tab }) => {
  const others = operator.tasks.echo.delay('not yours');
  expect(await others.get()).toBe('not yours');
  await tab.goto(own.address);
  const told = await tab.evaluate(
    async ([url = '', given, foreign = '']) => {
      const app = window.makeApp(url, given);
      const { tasks } = app;
      const codeOf = async (act: () => Promise<unknown>): Promise<unknown> => {
        try {
          return ['done', await act()];
        } catch (error) {
          const { cause, code } = error as {
            readonly cause?: { readonly code?: string };
            readonly code: string;
          };
          return cause?.code ?? code;
        }
      };
      const mine = tasks.echo.delay('mine');
      await mine.get();
      const queues = app.monitor.queues();
      const trouble = await new Promise<unknown>((resolve) => {
        queues.subscribe((view) => {
          if (view.trouble !== null) resolve((view.trouble as { readonly code?: string }).code);
        });
      });
      const seen: string[] = [];
      for await (const row of app.monitor.history()) seen.push(row.args);
      return {
        another: await codeOf(() => tasks.add.delay(1, 1).accepted),
        linked: await codeOf(() => tasks.echo.applyAsync(['x'], { link: tasks.fail.s() }).accepted),
        queue: await codeOf(() => tasks.echo.applyAsync(['x'], { queue: 'vip' }).accepted),
        priority: await codeOf(() => tasks.echo.applyAsync(['x'], { priority: 9 }).accepted),
        taken: await codeOf(() => tasks.echo.applyAsync(['not yours'], { taskId: foreign }).accepted),
        read: await codeOf(() => app.AsyncResult(foreign).get()),
        exists: await codeOf(() => app.AsyncResult(foreign).exists()),
        revoked: await codeOf(() => mine.revoke()),
        forgotten: await codeOf(() => app.AsyncResult(foreign).forget()),
        commanded: await codeOf(() => app.control.pauseQueue('default')),
        trouble,
        seen,
      };
    },
    [own.url, tokenFor('carol', 'call:echo', 'read:own'), others.id],
  );
  expect(told).toEqual({
    another: 'FORBIDDEN',
    linked: 'FORBIDDEN',
    queue: 'FORBIDDEN',
    priority: 'FORBIDDEN',
    taken: 'ID_CONFLICT',
    read: 'UNKNOWN_TASK',
    exists: ['done', false],
    revoked: 'FORBIDDEN',
    forgotten: 'FORBIDDEN',
    commanded: 'FORBIDDEN',
    trouble: 'FORBIDDEN',
    seen: ['["mine"]'],
  });
});
