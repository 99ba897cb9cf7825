import { randomBytes } from 'node:crypto';
import {
  GATEWAY_OPTIONS,
  type GatewaySettings,
  gatewayWith,
  isOpen,
  resolveGatewayOptions,
} from '@celeriac/gateway';
import { everything, mintToken } from '@celeriac/token';
import { createWorker, queuesOf } from '@celeriac/worker';
import { logGateway } from '../hosting/gateway-log.ts';
import { loadApps } from '../hosting/load-apps.ts';
import { runWorker } from '../hosting/run-worker.ts';
import { fatalEnd, startGateway } from '../hosting/start-gateway.ts';
import { logLevelFlag, makeLogger } from '../options/logging.ts';
import { WORKER_FLAGS, workerOptions } from '../options/worker-flags.ts';
import { EXIT } from '../output/exit-codes.ts';
import { defineVerb } from '../verb.ts';

const EPILOGUE = `Prints the gateway's address, then a line that starts with "ready".

Example:
  celeriac dev tasks.ts`;

const TOKEN_MS = 3_600_000;

const flags = {
  ...GATEWAY_OPTIONS,
  store: { ...GATEWAY_OPTIONS.store, default: 'memory' },
  ...WORKER_FLAGS,
  logLevel: logLevelFlag('warn'),
};

export const devVerb = defineVerb({
  name: 'dev',
  summary: 'gateway and worker in one process, for development',
  operands: [['<file>', 'a module that exports the app, such as tasks.ts']],
  flags,
  epilogue: EPILOGUE,
  async run({ operands: [file = ''], values, given, terminal }) {
    const asked = resolveGatewayOptions({ store: values.store, ...gatewayPart(given) });
    const key = isOpen(asked) ? null : randomBytes(32).toString('hex');
    const settings = key === null ? asked : { ...asked, keys: [...asked.keys, key] };
    const gateway = gatewayWith(settings);
    const log = makeLogger('celeriac-gateway', values.logLevel);
    logGateway(gateway, log);
    const workerLog = makeLogger('celeriac-worker', values.logLevel);
    const { apps, files } = await loadApps(file, values.import, workerLog);
    await startGateway(gateway, settings);
    terminal.print(gateway.url);
    const worker = createWorker(apps, {
      ...workerOptions(values, files, workerLog),
      ...('queues' in given ? {} : { queues: queuesOf(apps) }),
      gateway: gateway.url,
      token: key === null ? null : () => tokenOfWorker(key, asked),
    });
    const exit = await Promise.race([runWorker(worker, terminal), fatalEnd(gateway, log)]);
    if (exit === EXIT.ok) await gateway.stop();
    return exit;
  },
});

/** The worker comes in by the front door, with a token that it is given anew on each connect, signed with a key that nobody else has. */
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
