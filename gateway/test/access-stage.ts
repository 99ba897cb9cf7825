/** What is tried when it is asked who may do what: the question as it goes over the wire, and how its answer is read. */
import type { WorkerHello } from '@celeriac/protocol/internal';
import { type Guarded, mint, receipts } from './guarded-gateway.ts';
import type { RawClient } from './raw-client.ts';
import { HELLO, RawWorker } from './raw-worker.ts';

/** What a cell comes to: it is done, it is refused, or it is answered as if there were no such task. */
export type Answer = 'yes' | 'no' | 'none';

export interface Stage {
  readonly guarded: Guarded;
  /** Whose token has the scopes: alice. */
  readonly client: RawClient;
  readonly token: string;
  /** A new task of alice's, or of bob's; ended where a stream is read. */
  hers(ended?: boolean): Promise<string>;
  his(ended?: boolean): Promise<string>;
  id(): string;
}

export interface Act {
  /** Any of these allows it; none: it is allowed to everybody. */
  readonly needs: readonly string[];
  /** Held beside the scope that is tried. */
  readonly beside?: readonly string[];
  /** Where a task of others is to look like none to those who hold this. */
  readonly veiled?: string;
  act(stage: Stage): Promise<Answer>;
}

export const yes = (allowed: boolean): Answer => (allowed ? 'yes' : 'no');

export function answered(answer: unknown): Answer {
  const { refused, ok } = answer as { refused?: { code: string }; ok?: readonly unknown[] };
  if (refused !== undefined) return yes(refused.code !== 'FORBIDDEN');
  const first = ok?.[0] as { known?: boolean } | string | boolean | null | undefined;
  if (first === null) return 'no';
  const none = first === 'unknown' || first === false || (typeof first === 'object' && first.known === false);
  return none ? 'none' : 'yes';
}

/** Sends it, and looks whether anything of it was refused. */
export async function silent({ client }: Stage, event: string, body: unknown): Promise<Answer> {
  client.emit(event, body);
  await client.ask('get', []);
  return yes(client.heard('refused') === 0);
}

export async function submits(
  { client, id }: Stage,
  options: object | null,
  ...more: unknown[]
): Promise<Answer> {
  client.emit('submit', [[id(), 'add', '[]', options, 0, ...more]]);
  return yes((await receipts(client))[0]?.[1] === 1);
}

export async function watches({ client }: Stage, id: string): Promise<Answer> {
  client.emit('watch', { epoch: null, tasks: [[id, 0]] });
  await client.ask('get', []);
  if (client.heard('snapshots') === 0) return 'no';
  const [[snapshot]] = (await client.next('snapshots')) as [[{ known: boolean }]];
  return snapshot.known ? 'yes' : 'none';
}

export async function reads({ client }: Stage, id: string): Promise<Answer> {
  client.emit('openStreams', [[1, id, 0, 0]]);
  const [[[, kind]]] = (await client.next('streams')) as [[[number, string]]];
  return yes(kind !== 'refused');
}

export async function opens({ client }: Stage, ...feed: readonly unknown[]): Promise<Answer> {
  client.emit('openFeeds', [[1, ...feed]]);
  const [[[, kind]]] = (await client.next('feeds')) as [[[number, string]]];
  return yes(kind !== 'refused');
}

function newcomer(): Pick<WorkerHello, 'name' | 'bootId'> {
  const bootId = `${Math.random()}`;
  return { name: `worker ${bootId}`, bootId };
}

export async function greets({ guarded, token }: Stage, hello: Partial<WorkerHello>): Promise<RawWorker> {
  return RawWorker.greeting(guarded.url, { token, ...newcomer(), ...hello });
}

/** A worker that is let in says this, and is answered its beat. */
export function says(...frame: readonly unknown[]): Act {
  return {
    needs: [],
    beside: ['work:default'],
    act: async (stage) => {
      const worker = await greets(stage, {});
      await worker.next('welcome');
      worker.send(frame);
      if (frame[0] !== 'bye') {
        worker.send([
          'beat',
          {
            count: 1,
            running: 0,
            waiting: 0,
            concurrency: 1,
            takes: true,
            lagMs: 0,
            rssBytes: 1,
            cpuPercent: 1,
          },
        ]);
        await worker.next('beat');
      }
      worker.terminate();
      return 'yes';
    },
  };
}

/** A worker that knocks, says this of itself, and is let in. */
export function sendsHelloParts(frame: readonly unknown[] | null): Act {
  return {
    needs: [],
    beside: ['work:default'],
    act: async ({ guarded, token }) => {
      const worker = new RawWorker(guarded.url);
      await worker.opened;
      worker.send(['knock', { protocol: HELLO.protocol, token }]);
      await worker.next('admitted');
      if (frame !== null) worker.send(frame);
      worker.send(['hello', { ...HELLO, token, ...newcomer() }]);
      await worker.next('welcome');
      worker.terminate();
      return 'yes';
    },
  };
}

export function commands(...command: readonly unknown[]): Act {
  return {
    needs: ['admin:control'],
    act: async ({ client }) => answered(await client.ask('control', [command])),
  };
}

export async function stageOf(
  guarded: Guarded,
  scopes: readonly string[],
  next: () => number,
): Promise<Stage> {
  const make =
    (subject: string, prefix: string) =>
    async (ended = false) => {
      const id = `${prefix}${next()}`;
      const owner = await guarded.guest(subject, 'call:add', `revoke:${id}`);
      owner.emit('submit', [[id, 'add', '[]', null, 0]]);
      await receipts(owner);
      if (ended) await owner.ask('revoke', [[id, false, 0]]);
      owner.terminate();
      return id;
    };
  return {
    guarded,
    client: await guarded.guest('alice', ...scopes),
    token: await mint('alice', scopes),
    hers: make('alice', 'hers-'),
    his: make('bob', 'his-'),
    id: () => `new-${next()}`,
  };
}
