/**
 * What `npm start` runs: a gateway with the live page, and a worker, each in a process of its own that is started
 * again when it dies. The first signal stops both in order, another one kills them.
 */
import { fileURLToPath } from 'node:url';
import { heedNpm, onSignals } from 'celeriac/internal';
import type { KillOrder } from '../server/breakage.ts';
import { SupervisedChild } from './child.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

let address: string | undefined;
let announced = false;
let stopping = false;

const worker = new SupervisedChild(
  {
    name: 'worker',
    argv: () => [here('../../cli/bin/celeriac.js'), 'worker', here('../tasks.ts')],
    env: () => ({ CELERIAC_URL: address ?? '' }),
    isReady: (line) => line.startsWith('ready'),
  },
  { ready: () => announce(), failed: () => void end(1) },
);

const gateway = new SupervisedChild(
  {
    name: 'gateway',
    argv: () => [here('../server/gateway.ts')],
    // A gateway that starts again comes back where the open pages look for it.
    env: () => (address === undefined ? {} : { CELERIAC_PORT: new URL(address).port }),
    isReady: (line) => line.startsWith('http://'),
  },
  {
    ready: (line) => {
      if (address !== undefined) return;
      address = line;
      worker.start();
    },
    failed: () => void end(1),
    told: (message) => obey(message),
  },
);

/** The page has a button for it. */
function obey(message: unknown): void {
  if (isKillOrder(message)) (message.kill === 'worker' ? worker : gateway).crash();
}

function isKillOrder(message: unknown): message is KillOrder {
  const what =
    typeof message === 'object' && message !== null && 'kill' in message ? message.kill : undefined;
  return what === 'worker' || what === 'gateway';
}

function announce(): void {
  if (announced) return;
  announced = true;
  process.stdout.write(`Celeriac is live at ${address}\n`);
}

/** The worker first, so that its last reports still find their gateway. */
async function end(exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  await worker.stop();
  await gateway.stop();
  process.exit(exitCode);
}

function kill(): void {
  worker.kill();
  gateway.kill();
}

heedNpm();
onSignals(() => void end(0), kill);
gateway.start();
