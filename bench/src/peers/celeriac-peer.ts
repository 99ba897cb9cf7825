/** Celeriac, of this checkout or of another: its tasks are those of `bench/src/tasks.ts` there. Its worker is the command. */
import type * as Tasks from '../tasks.ts';
import type { Caller, Settings, Watchers } from './peer.ts';

const load = async ({ tasks }: Settings): Promise<typeof Tasks> =>
  (await import(String(tasks))) as typeof Tasks;

export async function startCaller(settings: Settings): Promise<Caller> {
  const { noop, ticks } = await load(settings);
  return {
    call: (value) => noop.delay(value).get(),
    accept: (value) => noop.applyAsync([value], { queue: 'nobody' }).accepted,
    async tick() {
      const handle = ticks.delay();
      await handle.accepted;
      return handle.id;
    },
  };
}

export async function startWatchers(settings: Settings, count: number): Promise<Watchers> {
  const { app } = await load(settings);
  const Client = app.constructor as new (options: { url: string }) => typeof app;
  const clients = Array.from({ length: count }, () => new Client({ url: String(settings['url']) }));
  await Promise.all(clients.map((client) => client.AsyncResult('nobody').refresh()));
  return {
    async watch(id, seen) {
      await Promise.all(
        clients.map(async (client) => {
          const handle = client.AsyncResult(id);
          handle.on('progress', ({ info }) => seen((info as { readonly at: number }).at));
          await handle.get();
        }),
      );
    },
  };
}
