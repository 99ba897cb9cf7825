import { GATEWAY_OPTIONS, gatewayWith, resolveGatewayOptions } from '@celeriac/gateway/internal';
import { logGateway } from '../hosting/gateway-log.ts';
import { releaseIdleMemory } from '../hosting/idle-memory.ts';
import { onSignals } from '../hosting/signals.ts';
import { fatalEnd, startGateway } from '../hosting/start-gateway.ts';
import { logLevelFlag, makeLogger } from '../options/logging.ts';
import { EXIT, type ExitCode } from '../output/exit.ts';
import { defineVerb } from '../verb.ts';

const EPILOGUE = `Prints its address when it is ready. SIGTERM, SIGINT and SIGHUP stop it; a second signal ends it at once.

Examples:
  celeriac gateway --port 0 --store memory
  celeriac gateway --host 0.0.0.0 --key-file keys.txt`;

export const gatewayVerb = defineVerb({
  name: 'gateway',
  summary: 'take calls, hand them to workers, and push every state change',
  operands: [],
  flags: { ...GATEWAY_OPTIONS, logLevel: logLevelFlag('info') },
  epilogue: EPILOGUE,
  async run({ values, given: { logLevel: _, ...given }, terminal }) {
    const settings = resolveGatewayOptions(given);
    const gateway = gatewayWith(settings);
    const log = makeLogger('celeriac-gateway', values.logLevel);
    logGateway(gateway, log);
    const stop = new Promise<ExitCode>((resolve) => onSignals(() => resolve(EXIT.ok)));
    await startGateway(gateway, settings);
    releaseIdleMemory(gateway);
    terminal.print(gateway.url);
    const exit = await Promise.race([stop, fatalEnd(gateway, log)]);
    // After a failure what is not committed never will be; the next start finds the rest.
    if (exit === EXIT.ok) await gateway.stop();
    return exit;
  },
});
