import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import {
  GATEWAY_OPTIONS,
  type GatewaySettings,
  gatewayWith,
  isOpen,
  resolveGatewayOptions,
} from '@celeriac/gateway/internal';
import { everything, mintToken } from '@celeriac/token';
import { createWorker, type Worker } from '@celeriac/worker';
import { queuesOf } from '@celeriac/worker/internal';
import { logGateway } from '../hosting/gateway-log.ts';
import { loadApps } from '../hosting/load-apps.ts';
import { tellLoadedFiles } from '../hosting/loaded-files.ts';
import { runWorker } from '../hosting/run-worker.ts';
import { onSignals } from '../hosting/signals.ts';
import { fatalEnd, startGateway } from '../hosting/start-gateway.ts';
import { WatchedWorker } from '../hosting/watched-worker.ts';
import { type Environment, toggle, type Values } from '../options/flag.ts';
import { logLevelFlag, makeLogger } from '../options/logging.ts';
import { WORKER_FLAGS, workerOptions } from '../options/worker-flags.ts';
import { EXIT, type ExitCode } from '../output/exit.ts';
import { defineVerb, type VerbRun } from '../verb.ts';

const EPILOGUE = `Prints the gateway's address, then a line that starts with "ready".

Examples:
  celeriac dev tasks.ts
  celeriac dev tasks.ts --watch
  celeriac dev tasks.ts --import tsx            once tsx is installed: npm install tsx`;

const TOKEN_MS = 3_600_000;

const flags = {
  ...GATEWAY_OPTIONS,
  store: { ...GATEWAY_OPTIONS.store, default: 'memory' },
  ...WORKER_FLAGS,
  queues: {
    ...WORKER_FLAGS.queues,
    help: 'queues to take tasks from, separated by commas; default: all queues that its tasks, options and routes name',
    default: [],
  },
  watch: toggle(
    'watch',
    'restart the worker when the file, or a file that it imports, changes; running tasks finish first, waiting tasks are kept',
  ),
  logLevel: logLevelFlag('warn'),
};

export const devVerb = defineVerb({
  name: 'dev',
  summary: 'gateway and worker in one process, for development',
  operands: [['<file>', 'a module that exports the app, such as tasks.ts']],
  flags,
  epilogue: EPILOGUE,
  async run(call) {
    const { operands, values, given, terminal } = call;
    const [file = ''] = operands;
    const asked = resolveGatewayOptions({ store: values.store, ...gatewayPart(given) });
    const setup = takeSetup(terminal.env);
    if (setup !== undefined) return runHalf(call, setup, asked);
    const key = isOpen(asked) ? null : randomBytes(32).toString('hex');
    const settings = key === null ? asked : { ...asked, keys: [...asked.keys, key] };
    const gateway = gatewayWith(settings);
    const log = makeLogger('celeriac-gateway', values.logLevel);
    logGateway(gateway, log);
    const prepared = values.watch ? undefined : await prepare(call);
    await startGateway(gateway, settings);
    terminal.print(gateway.url);
    const here = { url: gateway.url, key };
    const exit = await Promise.race([
      prepared === undefined ? watchHalf(file, values, here) : runWorker(prepared(here, asked), terminal),
      fatalEnd(gateway, log),
    ]);
    if (exit === EXIT.ok) await gateway.stop();
    return exit;
  },
});

/** The gateway's half of what `dev` is: where it is, and the key that opens it, if it has one. */
interface DevSetup {
  readonly url: string;
  readonly key: string | null;
}

/** How a watching `dev` passes it to its worker. */
const SETUP = 'CELERIAC_DEV_SETUP';

/** Taken out of the environment, which everything inherits that tasks start. */
function takeSetup(env: Environment): DevSetup | undefined {
  const text = env[SETUP];
  delete process.env[SETUP];
  return text === undefined ? undefined : (JSON.parse(text) as DevSetup);
}

type DevCall = VerbRun<typeof flags>;

/** Loads the tasks. @returns how to make their worker */
async function prepare({
  operands: [file = ''],
  values,
  given,
}: DevCall): Promise<(setup: DevSetup, asked: GatewaySettings) => Worker> {
  const log = makeLogger('celeriac-worker', values.logLevel);
  const { apps, files } = await loadApps(file, values.import, log);
  return ({ url, key }, asked) =>
    createWorker(apps, {
      ...workerOptions(values, files, log),
      ...('queues' in given ? {} : { queues: queuesOf(apps) }),
      gateway: url,
      token: key === null ? null : () => tokenOfWorker(key, asked),
    });
}

/** The worker of a `dev` that watches, in its own process. */
async function runHalf(call: DevCall, setup: DevSetup, asked: GatewaySettings): Promise<ExitCode> {
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // A task file that never finishes loading must find nothing left to wait for.
  process.channel?.unref();
  tellLoadedFiles((path) => process.send?.(path));
  const make = await prepare(call);
  return runWorker(make(setup, asked), call.terminal);
}

function watchHalf(file: string, values: Values<typeof flags>, setup: DevSetup): Promise<ExitCode> {
  const [, script = '', ...args] = process.argv;
  const watched = new WatchedWorker({
    script,
    args,
    env: { ...process.env, [SETUP]: JSON.stringify(setup) },
    file: resolve(file),
    shutdownTimeoutMs: values.shutdownTimeoutMs,
    log: makeLogger('celeriac-dev', values.logLevel),
  });
  onSignals(
    () => watched.stop(),
    () => watched.stop(),
  );
  return watched.run();
}

/** The worker connects as any worker does, with a fresh token on each connect, signed with a key that only this `dev` has. */
function tokenOfWorker(
  key: string,
  { jwks, tokenIssuer, tokenAudience, scopeClaim, maxTokenAgeMs }: GatewaySettings,
): Promise<string> {
  const expiresIn = Math.floor(Math.min(TOKEN_MS, maxTokenAgeMs) / 1_000);
  const request = { scope: [everything], sub: 'dev', expiresIn };
  if (jwks !== null) return mintToken(key, request);
  return mintToken(key, {
    ...request,
    issuer: tokenIssuer ?? undefined,
    audience: tokenAudience,
    scopeClaim,
  });
}

function gatewayPart(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(given).filter(([key]) => key in GATEWAY_OPTIONS));
}
