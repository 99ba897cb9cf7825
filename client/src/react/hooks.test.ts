// @vitest-environment happy-dom

import { UsageError } from '@celeriac/protocol';
import type { RowsUpdate } from '@celeriac/protocol/internal';
import {
  act,
  createElement,
  type FunctionComponent,
  type ReactNode,
  StrictMode,
  startTransition,
  useState,
} from 'react';
import { createRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Celeriac } from '../celeriac.ts';
import { TestApp } from '../test/app.ts';
import { snapshot, transition, unknown } from '../test/fake-gateway.ts';
import {
  CeleriacProvider,
  type TaskUse,
  useAsyncResult,
  useConnection,
  useDefinitions,
  useQueues,
  useTask,
  useTaskList,
  useWorkers,
} from './index.ts';

const ONE_ROW: RowsUpdate = {
  replaces: true,
  last: true,
  rows: [
    [
      'a',
      'add',
      'STARTED',
      'started',
      null,
      'default',
      0,
      'w1',
      1,
      0,
      1,
      2,
      null,
      null,
      null,
      '[2,2]',
      null,
      null,
      'a',
      null,
    ],
  ],
  gone: [],
  more: false,
};

const world = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };
let kit: TestApp;
let unmounts: (() => Promise<void>)[] = [];

beforeEach(async () => {
  world.IS_REACT_ACT_ENVIRONMENT = true;
  kit = new TestApp();
  kit.app.sendTask('opens');
  await kit.welcome();
});

afterEach(async () => {
  for (const unmount of unmounts) await unmount();
  unmounts = [];
});

test('useAsyncResult draws a task of others by its id, and lets it go when it is not drawn any more', async () => {
  const Shown = () => useAsyncResult('there').state;
  const { text, unmount } = await draw(createElement(Shown));
  expect(text()).toBe('PENDING');
  expect(watched()).toEqual(['there']);
  await heard(() => kit.session.snapshots(snapshot('there', { state: 'STARTED', sequence: 2 })));
  expect(text()).toBe('STARTED');
  await heard(() => kit.session.events(transition('there', 3, 'SUCCESS', { body: '4' })));
  expect(text()).toBe('SUCCESS');
  await unmount();

  const second = await draw(createElement(() => useAsyncResult('other').state));
  await second.unmount();
  expect(kit.session.sent('unwatch')).toEqual([['other']]);
});

test('nothing stays watched after a hundred mounts under StrictMode', async () => {
  const Shown: FunctionComponent<{ readonly id: string }> = ({ id }) => useAsyncResult(id).state;
  for (let turn = 0; turn < 100; turn += 1) {
    const { unmount } = await draw(createElement(Shown, { id: `task-${turn}` }));
    await unmount();
  }
  expect(new Set(watched()).size).toBe(100);
  expect(new Set(kit.session.sent('unwatch').flat()).size).toBe(100);
});

test('another id is another task, and the one before is let go', async () => {
  let show: (id: string) => void = () => {};
  const Shown = () => {
    const [id, setId] = useState('first');
    show = setId;
    return `${useAsyncResult(id).id} ${useAsyncResult(id).state}`;
  };
  const { text } = await draw(createElement(Shown));
  await heard(() => show('second'));
  expect(text()).toBe('second PENDING');
  expect(kit.session.sent('unwatch')).toEqual([['first']]);
});

test('changes that arrive together are drawn once, and no two places ever differ', async () => {
  const res = kit.app.sendTask('add', [2, 2], { taskId: 'mine' });
  const drawn: string[] = [];
  const torn: string[] = [];
  const Half = () => useAsyncResult(res).state;
  const Whole = () => {
    const { state } = useAsyncResult(res);
    drawn.push(state);
    if (state !== res.store.get().state) torn.push(state);
    return createElement('p', null, createElement(Half), ' ', createElement(Half));
  };
  const { text } = await draw(createElement(Whole), { strict: false });
  drawn.length = 0;
  await heard(() => {
    startTransition(() => {
      kit.session.accept('mine');
      kit.session.events(transition('mine', 2, 'STARTED'), transition('mine', 3, 'SUCCESS', { body: '4' }));
    });
  });
  expect(text()).toBe('SUCCESS SUCCESS');
  expect(drawn).toEqual(['SUCCESS']);
  expect(torn).toEqual([]);
});

test('useAsyncResult says what is wrong with a task that nobody knows', async () => {
  const Shown = () => useAsyncResult('nobody').trouble?.name ?? 'none';
  const { text } = await draw(createElement(Shown));
  expect(text()).toBe('none');
  await heard(() => kit.session.snapshots(unknown('nobody')));
  expect(text()).toBe('UnknownTaskError');
});

test('useTask calls, follows the latest call, and looks away', async () => {
  const app = new Celeriac({ clock: kit.clock, openTransport: kit.gateway.openTransport });
  const add = app.task('add', (x: number, y: number) => x + y);
  let use: TaskUse<[x: number, y: number], number, unknown> | undefined;
  const Adder = () => {
    use = useTask(add);
    return `${use.view?.state ?? 'none'} ${use.view?.kind === 'success' ? use.view.result : ''} ${use.pending}`;
  };
  const { text } = await draw(createElement(Adder));
  expect(text()).toBe('none  false');
  const { call } = use ?? {};
  await heard(() => use?.applyAsync([2, 2], { taskId: 'first' }));
  expect(text()).toBe('PENDING  true');
  await heard(() => kit.session.welcome());
  await heard(() => {
    kit.session.accept('first');
    kit.session.events(transition('first', 2, 'STARTED'), transition('first', 3, 'SUCCESS', { body: '4' }));
  });
  expect(text()).toBe('SUCCESS 4 false');
  expect(use?.handle?.id).toBe('first');
  expect(use?.call).toBe(call);
  await heard(() => use?.call(1, 1));
  expect(text()).toBe('PENDING  true');
  await heard(() => use?.reset());
  expect(text()).toBe('none  false');
});

test('useConnection tells how the line is, and why', async () => {
  const Line = () => {
    const { state, reason } = useConnection();
    return `${state} ${reason?.message ?? ''}`;
  };
  const { text } = await draw(createElement(Line));
  expect(text()).toBe('open ');
  await heard(() => kit.session.lose());
  expect(text()).toBe('reconnecting connection lost');
});

test('a list of tasks is one feed however often it is drawn, and closed when it is not drawn any more', async () => {
  const Half = () => useTaskList({ states: ['STARTED'], limit: 10 }).rows.length;
  const Whole = () => createElement('p', null, createElement(Half), ' of ', createElement(Half));
  const { text, unmount } = await draw(createElement(Whole));
  expect(kit.session.sent('openFeeds')).toEqual([[[1, 'tasks', { states: ['STARTED'] }, 10]]]);
  await heard(() => kit.session.feeds([1, 'rows', ONE_ROW]));
  expect(text()).toBe('1 of 1');
  await unmount();
  expect(kit.session.sent('closeFeeds')).toEqual([[1]]);
});

test('a list refuses an option that there is not, with the near one', () => {
  const Lost = () => Reflect.apply(useTaskList, undefined, [{ state: ['STARTED'] }]).rows.length;
  const page = createElement(CeleriacProvider, { app: kit.app }, createElement(Lost));
  expect(() => renderToString(page)).toThrow("monitor.tasks() has no option 'state'; did you mean 'states'?");
});

test('queues, workers and definitions are drawn from feeds, and each is let go', async () => {
  const Lists = () =>
    [useQueues(), useWorkers(), useDefinitions()].map(({ live, rows }) => `${live} ${rows.length}`).join();
  const { text, unmount } = await draw(createElement(Lists));
  expect(text()).toBe('false 0,false 0,false 0');
  const kinds = kit.session.sent('openFeeds').flat();
  expect(kinds.map(([, kind]) => kind)).toEqual(['queues', 'workers', 'definitions']);
  const none = { replaces: true, last: true, rows: [], gone: [], more: false };
  await heard(() => kit.session.feeds(...kinds.map(([feed]) => [feed, 'rows', none] as const)));
  expect(text()).toBe('true 0,true 0,true 0');
  await unmount();
  expect(kit.session.sent('closeFeeds').flat()).toEqual(kinds.map(([feed]) => feed));
});

test('a server draws what nobody has said yet, and asks nothing', () => {
  const before = kit.session.frames.length;
  const Page = () => `${useConnection().state} ${useAsyncResult('there').state} ${useAsyncResult(null)}`;
  expect(renderToString(createElement(CeleriacProvider, { app: kit.app }, createElement(Page)))).toBe(
    'idle PENDING null',
  );
  expect(kit.session.frames).toHaveLength(before);
});

test('an id without an app is refused with what to do', () => {
  const Lost = () => useAsyncResult('there').state;
  expect(() => renderToString(createElement(Lost))).toThrow(UsageError);
  expect(() => renderToString(createElement(Lost))).toThrow(/<CeleriacProvider app=\{app\}>/);
});

function watched(): readonly string[] {
  return kit.session.sent('watch').flatMap(({ tasks }) => tasks.map(([id]) => id));
}

/** Lets the app and React see to it. */
async function heard(happens: () => unknown): Promise<void> {
  await act(async () => {
    happens();
    await kit.turn();
  });
}

async function draw(what: ReactNode, { strict = true } = {}) {
  const place = document.createElement('div');
  const root = createRoot(place);
  const provided = createElement(CeleriacProvider, { app: kit.app }, what);
  await heard(() => root.render(strict ? createElement(StrictMode, null, provided) : provided));
  const unmount = () => heard(() => root.unmount());
  unmounts.push(unmount);
  return { text: () => place.textContent, unmount };
}
