/** An act, or several, for each entry of the table of who may do what. One that has none fails the build. */
import type { ControlItem, FeedKind } from '@celeriac/protocol/internal';
import type { authorize } from '../src/transport/auth/authorize.ts';
import {
  type Act,
  answered,
  commands,
  greets,
  opens,
  reads,
  says,
  sendsHelloParts,
  silent,
  submits,
  watches,
  yes,
} from './access-stage.ts';
import { receipts } from './guarded-gateway.ts';

const READ_HERS = ['read:hers-x', 'read:own'];
const REVOKE_HERS = ['revoke:hers-x', 'revoke:own'];

export const frames: { readonly [Entry in keyof typeof authorize]: readonly Act[] } = {
  define: [{ needs: ['call:add'], act: (stage) => silent(stage, 'define', [['add', {}]]) }],
  submit: [{ needs: ['call:add'], act: (stage) => submits(stage, null) }],
  watch: [
    { needs: READ_HERS, act: async (stage) => watches(stage, await stage.hers()) },
    { needs: ['read:his-x'], veiled: 'read:own', act: async (stage) => watches(stage, await stage.his()) },
  ],
  get: [
    { needs: READ_HERS, act: async ({ client, hers }) => answered(await client.ask('get', [await hers()])) },
    {
      needs: ['read:his-x'],
      veiled: 'read:own',
      act: async ({ client, his }) => answered(await client.ask('get', [await his()])),
    },
  ],
  revoke: [
    {
      needs: REVOKE_HERS,
      act: async ({ client, hers }) => answered(await client.ask('revoke', [[await hers(), false, 0]])),
    },
    {
      needs: ['revoke:his-x'],
      veiled: 'revoke:own',
      act: async ({ client, his }) => answered(await client.ask('revoke', [[await his(), false, 0]])),
    },
  ],
  forget: [
    {
      needs: REVOKE_HERS,
      act: async ({ client, hers }) => answered(await client.ask('forget', [await hers(true)])),
    },
    {
      needs: ['revoke:his-x'],
      veiled: 'revoke:own',
      act: async ({ client, his }) => answered(await client.ask('forget', [await his(true)])),
    },
  ],
  control: [commands('pauseQueue', 'some')],
  knock: [sendsHelloParts(null)],
  definitions: [sendsHelloParts(['definitions', []])],
  held: [sendsHelloParts(['held', []])],
  refresh: [{ needs: [], act: async ({ client, token }) => answered(await client.ask('refresh', token)) }],
  openStreams: [
    { needs: READ_HERS, act: async (stage) => reads(stage, await stage.hers(true)) },
    { needs: ['read:his-x'], act: async (stage) => reads(stage, await stage.his(true)) },
  ],
  openFeeds: [{ needs: ['admin:read', 'read:own'], act: (stage) => opens(stage, 'tasks', {}, 10) }],
  list: [
    {
      needs: ['admin:read', 'read:own'],
      act: async ({ client }) => answered(await client.ask('list', [{ filter: {}, before: null, rows: 1 }])),
    },
  ],
  closeFeeds: [{ needs: [], act: (stage) => silent(stage, 'closeFeeds', [1]) }],
  unwatch: [{ needs: [], act: (stage) => silent(stage, 'unwatch', ['his-1']) }],
  tookChunks: [{ needs: [], act: (stage) => silent(stage, 'tookChunks', [[1, 1, 1]]) }],
  closeStreams: [{ needs: [], act: (stage) => silent(stage, 'closeStreams', [1]) }],

  hello: [
    {
      needs: ['work:media'],
      act: async (stage) => {
        const worker = await greets(stage, { queues: ['media'] });
        const said = await Promise.race([
          worker.next('welcome').then(() => 'yes' as const),
          worker.next('refused').then(() => 'no' as const),
        ]);
        worker.terminate();
        return said;
      },
    },
  ],
  started: [says('started', [])],
  progress: [says('progress', [])],
  chunks: [says('chunks', [])],
  settled: [says('settled', [])],
  release: [says('release', [])],
  capacity: [says('capacity', 1)],
  beat: [
    says('beat', {
      count: 1,
      running: 0,
      waiting: 0,
      concurrency: 1,
      takes: true,
      lagMs: 0,
      rssBytes: 1,
      cpuPercent: 1,
    }),
  ],
  bye: [says('bye', null)],

  link: (['link', 'linkError'] as const).map((kind) => ({
    needs: ['call:sub'],
    beside: ['call:add'],
    act: (stage) => {
      const link = { id: stage.id(), name: 'sub', args: '[]', immutable: true, options: null };
      return submits(stage, { [kind]: [link] });
    },
  })),
  queue: [
    { needs: ['queue:media'], beside: ['call:add'], act: (stage) => submits(stage, { queue: 'media' }) },
    { needs: ['queue:default'], beside: ['call:add'], act: (stage) => submits(stage, { priority: 9 }) },
    {
      needs: ['queue:media'],
      beside: ['call:add'],
      act: (stage) => submits(stage, null, null, { queue: 'media' }),
    },
    {
      needs: ['queue:media'],
      beside: ['call:*'],
      act: (stage) => {
        const link = {
          id: stage.id(),
          name: 'sub',
          args: '[]',
          immutable: true,
          options: { queue: 'media' },
        };
        return submits(stage, { link: [link] });
      },
    },
  ],
  lineage: [
    {
      needs: ['read:his-x', 'work:default'],
      beside: ['call:add'],
      act: async (stage) => {
        const parent = await stage.his();
        const id = stage.id();
        stage.client.emit('submit', [[id, 'add', '[]', null, 0, [parent, parent]]]);
        await receipts(stage.client);
        const answer = await stage.guarded.guest('operator', 'read:*').then((one) => one.ask('get', [id]));
        const [child] = (answer as { ok: [{ parentId: string | null }] }).ok;
        return yes(child.parentId === parent);
      },
    },
  ],
  repeat: [
    {
      needs: ['read:his-x'],
      beside: ['call:add'],
      act: async ({ client, his }) => {
        client.emit('submit', [[await his(), 'add', '[]', null, 0]]);
        return yes((await receipts(client))[0]?.[1] === 1);
      },
    },
  ],
  // Asked of the table itself: see its own test.
  session: [],
  definition: [
    {
      needs: ['work:media'],
      beside: ['work:default', 'admin:read'],
      act: async (stage) => {
        const name = stage.id();
        const definitions = [{ name, options: { queue: 'media' }, arity: null, params: null }];
        const worker = await greets(stage, { definitions });
        await worker.next('welcome');
        stage.client.emit('openFeeds', [[1, 'definitions']]);
        const [[[, , { rows }]]] = (await stage.client.next('feeds')) as [
          [[number, string, { rows: [string][] }]],
        ];
        worker.terminate();
        return yes(rows.some(([known]) => known === name));
      },
    },
  ],
};

const ADMIN_READ = ['admin:read'];
const feeds: { readonly [Kind in FeedKind]: Act } = {
  tasks: { needs: ['admin:read', 'read:own'], act: (stage) => opens(stage, 'tasks', {}, 1) },
  queues: { needs: ADMIN_READ, act: (stage) => opens(stage, 'queues') },
  workers: { needs: ADMIN_READ, act: (stage) => opens(stage, 'workers') },
  definitions: { needs: ADMIN_READ, act: (stage) => opens(stage, 'definitions') },
  events: { needs: ADMIN_READ, act: (stage) => opens(stage, 'events', null, null) },
};

const orders: { readonly [Command in ControlItem[0]]: Act } = {
  rateLimit: commands('rateLimit', 'add', 'default'),
  concurrencyLimit: commands('concurrencyLimit', 'add', 'default'),
  pauseQueue: commands('pauseQueue', 'some'),
  resumeQueue: commands('resumeQueue', 'some'),
  purge: commands('purge', 'some'),
  retry: commands('retry', 'nothing', 'else'),
  drain: commands('drain', 'nobody'),
  resume: commands('resume', 'nobody'),
  shutdown: commands('shutdown', 'nobody'),
  concurrency: commands('concurrency', 'nobody', 1),
  revokeToken: commands('revokeToken', 'jti', 'nobody', null),
  backup: { ...commands('backup', 'some.db'), needs: ['admin:backup'] },
};

export const ACTS: readonly (readonly [name: string, act: Act])[] = [
  ...Object.entries(frames).flatMap(([name, acts]) => acts.map((act, at) => [`${name} ${at}`, act] as const)),
  ...Object.entries(feeds).map(([kind, act]) => [`a feed of ${kind}`, act] as const),
  ...Object.entries(orders).map(([command, act]) => [`the command ${command}`, act] as const),
];
