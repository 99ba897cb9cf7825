/** A gateway as a program of its own: as the command runs it, with a clock that can jump and an engine that can fail. */
import { gatewayWith, resolveGatewayOptions } from '@celeriac/gateway/internal';
import { FaultyEngine, openEngine } from '@celeriac/gateway/testing';
import {
  type GatewayCommand,
  type GatewayProcessSettings,
  onCommand,
  tellHarness,
} from '../harness-messages.ts';
import { MachineClock } from '../machine-clock.ts';

const place = JSON.parse(process.argv[2] ?? '{}') as GatewayProcessSettings;
const clock = new MachineClock(place.offsetMs);
const engine = new FaultyEngine(openEngine(`sqlite:${place.store}`, clock));
const gateway = await start();

gateway.telemetry.on('serviceFailed', ({ service, error }) => {
  // What the engine's failure takes with it is that failure.
  if (!isEngineFailure(error)) tellHarness({ kind: 'failed', what: `${service}: ${whole(error)}` });
});
void gateway.failed.then((error) => {
  process.stderr.write(`the store failed: ${error.message}\n`);
  process.exit(1);
});
process.once('SIGTERM', () => void gateway.stop().then(() => process.exit(0)));
onCommand<GatewayCommand>((order) => {
  switch (order.kind) {
    case 'fail-write':
      engine.failWrite(1, order.how);
      break;
    case 'hold-commits':
      engine.holdCommits();
      break;
    case 'release-commits':
      engine.releaseCommits();
      break;
    case 'clock':
      clock.offsetMs = order.offsetMs;
  }
});

tellHarness({ kind: 'ready', port: Number(new URL(gateway.url).port) });

async function start() {
  if (place.sabotage !== null) {
    const { startSabotagedGateway } = await import('./sabotaged-gateway.ts');
    return startSabotagedGateway(place.sabotage, place.port, engine, clock);
  }
  const whole = gatewayWith(resolveGatewayOptions({ port: place.port }), { clock }, engine);
  await whole.start();
  return whole;
}

function isEngineFailure(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENGINE_FAILED';
}

function whole(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
