/** A client as a program of its own: one app, many callers. */
import { readFileSync } from 'node:fs';
import { Celeriac } from '@celeriac/client';
import { openSocketTransport } from '@celeriac/client/testing';
import { GapWatch } from '../../history/gap-watch.ts';
import { Chance } from '../../simulation/chance.ts';
import {
  type ClientCommand,
  type ClientProcessSettings,
  onCommand,
  tellHarness,
} from '../harness-messages.ts';
import { openJournal } from '../journal.ts';
import { MachineClock, sleep } from '../machine-clock.ts';
import { Callers } from './callers.ts';
import { HandleLog } from './handle-log.ts';
import { unansweredCalls } from './unanswered-calls.ts';

/** How often the harness is told how many handles wait. */
const TELL_MS = 250;

const place = JSON.parse(process.argv[2] ?? '{}') as ClientProcessSettings;
const { name, url, life, seed, journal } = place;
const recorder = openJournal(name, journal, new MachineClock(), life);
const clock = new MachineClock();
const app = new Celeriac({
  clock,
  openTransport: (events) => openSocketTransport({ url, token: null }, new GapWatch(events, recorder)),
});
const log = new HandleLog(recorder);
const callers = new Callers(
  {
    app,
    log,
    recorder,
    chance: new Chance(seed, `${name} ${life}`),
    clock: new MachineClock(),
    wanted: place,
    onMade: (id) => tellHarness({ kind: 'made', id }),
  },
  `${name}.${life}`,
);

onCommand<ClientCommand>((order) => {
  switch (order.kind) {
    case 'finish':
      return callers.finish();
    case 'clock':
      clock.offsetMs = order.offsetMs;
      return;
    case 'meddle': {
      const handle = app.AsyncResult(order.id);
      if (order.act === 'follow') void log.follow(handle);
      else if (order.act === 'read') void log.read(handle, false);
      else void log.revoke(handle, order.act === 'terminate');
    }
  }
});
process.once('SIGTERM', () => process.exit(0));

tellHarness({ kind: 'ready', port: 0 });
for (const [id, content] of place.before.flatMap((path) => unansweredCalls(readFileSync(path, 'utf8'))))
  callers.repeat(id, content);
void callers.run(place.callers, (1_000 * place.callers) / place.rate);
while (true) {
  tellHarness({ kind: 'open', count: log.open });
  await sleep(TELL_MS);
}
