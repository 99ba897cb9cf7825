/** The gateway that is fuzzed, as a process of its own. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { plant } from '../../planting/plant.ts';
import { FUZZ_PLANTS } from '../fuzz-plants.ts';
import { type FuzzGatewaySettings, onFuzzCommand, readSettings, tellFuzzer } from './fuzz-messages.ts';
import { watchEventLoop } from './watchdog.ts';

setFlagsFromString('--expose-gc');
// This function is in contexts that are made from now on.
const collect = runInNewContext('gc') as () => void;
const held = monitorEventLoopDelay({ resolution: 10 });
held.enable();
watchEventLoop();
const place = readSettings<FuzzGatewaySettings>();
const bug = place.plant === null ? undefined : FUZZ_PLANTS[place.plant];
if (bug !== undefined) plant(bug);
const { createGateway } = await import('@celeriac/gateway');

const gateway = createGateway({
  port: 0,
  store: `sqlite:${place.store}`,
  keys: place.keys,
  resultExpires: '2s',
  grace: '1s',
});
gateway.telemetry.on('serviceFailed', ({ service, error }) => {
  tellFuzzer({ kind: 'fault', what: `${service}: ${error instanceof Error ? error.stack : String(error)}` });
});
void gateway.failed.then((error) => tellFuzzer({ kind: 'fault', what: `the store failed: ${error.stack}` }));

onFuzzCommand((order) => {
  if (order === 'finish') void gateway.stop().then(() => process.exit(0));
  else tellFuzzer(measured());
});

await gateway.start();
tellFuzzer({ kind: 'ready', url: gateway.url });

function measured() {
  const heldMs = Math.round(held.max / 1e6);
  // What only the second one frees was held by a finalizer.
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { kind: 'memory', heapBytes: heapUsed + external, rssBytes: rss, heldMs } as const;
}
