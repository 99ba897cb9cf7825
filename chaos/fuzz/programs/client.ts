/** Apps in front of a gateway that speaks nonsense: they do all that an app can do, and everything of it ends. */
import { plant } from '../../planting/plant.ts';
import { FUZZ_PLANTS } from '../fuzz-plants.ts';
import { within } from '../scene.ts';
import { onFuzzCommand, readSettings, tellFuzzer, type VictimSettings } from './fuzz-messages.ts';
import { watchEventLoop } from './watchdog.ts';

const APPS = 4;
/** Most questions have ended by then, or the gateway is given up. */
const ROUND_MS = 1_500;
/** What has not ended so long after its app was closed hangs. */
const END_LIMIT_MS = 10_000;

watchEventLoop();
const { url, plant: bugName } = readSettings<VictimSettings>();
const bug = bugName === null ? undefined : FUZZ_PLANTS[bugName];
if (bug !== undefined) plant(bug);
const { Celeriac } = await import('@celeriac/client');
let on = true;

async function round(): Promise<void> {
  const app = new Celeriac({ url, acceptTimeout: 1, giveUpAfter: 1 });
  const open = new Map<string, Promise<void>>();
  const note = (what: string, promise: Promise<unknown>): void => {
    const ended = promise.then(
      () => tell(what, 'ok'),
      (error: unknown) => tell(what, nameOf(error)),
    );
    const name = `${what} ${open.size}`;
    open.set(
      name,
      ended.then(() => void open.delete(name)),
    );
  };
  app.connection.subscribe(({ reason }) => {
    if (reason?.cause instanceof TypeError || reason?.cause instanceof RangeError)
      tellFuzzer({
        kind: 'fault',
        what: `client: what was read was wrong all the same: ${reason.cause.stack}`,
      });
  });
  for (const id of ['f1', 'f2', 'f3']) note('get', app.sendTask('add', [1, 2], { taskId: id }).get());
  const foreign = app.AsyncResult('f4');
  note('foreign get', foreign.get());
  note('stream', drain(foreign.stream(), 500));
  note('refresh', foreign.refresh());
  note('revoke', foreign.revoke());
  note('forget', app.AsyncResult('f5').forget());
  const { monitor, control } = app;
  for (const store of [monitor.queues(), monitor.workers(), monitor.definitions(), monitor.tasks()])
    store.subscribe(({ rows }) => void rows.length);
  const events = monitor.events();
  events.subscribe(() => {});
  note('events', drain(events, 500));
  note('history', monitor.history().more());
  note('pause', control.pauseQueue('fuzz'));
  note('limit', control.rateLimit('add', 5));
  note('retry', control.retry('f1'));
  await within(ROUND_MS, Promise.all(open.values()));
  // Looked at from outside, whatever was heard.
  void [foreign.state, foreign.info, foreign.history.length, monitor.tasks().get().rows.length];
  await app.close({ timeout: 0 });
  if (!(await within(END_LIMIT_MS, Promise.all(open.values()))))
    tellFuzzer({
      kind: 'fault',
      what: `client: hangs after its app was closed: ${[...open.keys()].join(', ')}; ${JSON.stringify([foreign.state, foreign.history, app.connection.reason])}`,
    });
}

async function drain(items: AsyncIterable<unknown>, most: number): Promise<void> {
  let taken = 0;
  for await (const _ of items) {
    taken += 1;
    if (taken >= most) return;
  }
}

function tell(what: string, name: string): void {
  tellFuzzer({
    kind: 'count',
    group: 'what became of a client’s questions',
    name: `${what}: ${name}`,
    by: 1,
  });
}

function nameOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error).slice(0, 40);
}

onFuzzCommand((order) => {
  if (order === 'finish') on = false;
});
const rounds = Array.from({ length: APPS }, async () => {
  while (on) await round();
});
tellFuzzer({ kind: 'ready', url: '' });
await Promise.all(rounds);
if (Reflect.get({}, 'polluted') !== undefined)
  tellFuzzer({ kind: 'fault', what: 'client: its prototypes are polluted' });
tellFuzzer({ kind: 'done' });
