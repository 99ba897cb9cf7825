import type { Celeriac, MonitorEventType } from '@celeriac/client';
import { MONITOR_EVENTS, option } from '@celeriac/protocol';
import { addressOf, withApp } from '../calling/with-app.ts';
import { onSignals } from '../hosting/signals.ts';
import type { Flag } from '../options/flag.ts';
import { GATEWAY_ADDRESS } from '../options/gateway-address.ts';
import { jsonFlag } from '../options/json.ts';
import { words } from '../options/readers.ts';
import { eventLine } from '../output/event-line.ts';
import { EXIT } from '../output/exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import { defineVerb } from '../verb.ts';

const EPILOGUE = `One line for each, by Celery's names, from now on and over restarts of the gateway, until it is interrupted:
SIGINT (Ctrl-C), SIGTERM or SIGHUP, and exit code 0. Where some are missing a line says so, with --json {"type":"gap"}. Needs a token
with admin:read.

Examples:
  celeriac events --types task-failed,task-retried
  celeriac events --json | jq 'select(.name == "media.encode")'`;

const types: Flag<readonly MonitorEventType[] | undefined> = {
  flag: 'types',
  value: 'TYPES',
  help: 'only events of these types, such as task-failed,worker-offline',
  default: undefined,
  many: true,
  read: words(option.oneOf(MONITOR_EVENTS)),
};

export const eventsVerb = defineVerb({
  name: 'events',
  summary: 'print what happens, as it happens',
  operands: [],
  flags: { ...GATEWAY_ADDRESS, types, json: jsonFlag('one JSON object a line for each event') },
  epilogue: EPILOGUE,
  async run({ values, terminal }) {
    return withApp({ ...addressOf(values), patienceMs: undefined }, terminal, async (app) => {
      const interrupted = new Promise<void>((resolve) => onSignals(resolve));
      await Promise.race([interrupted, follow(app, values, terminal)]);
      return EXIT.ok;
    });
  },
});

interface FollowValues {
  readonly types: readonly MonitorEventType[] | undefined;
  readonly json: boolean;
}

/** Never resolves. @throws RefusedError, and ClosedError when the app is closed */
async function follow(
  app: Celeriac,
  { types: wanted, json }: FollowValues,
  terminal: Terminal,
): Promise<void> {
  const events = app.monitor.events(wanted === undefined ? {} : { types: wanted });
  for await (const event of events)
    terminal.print(json ? JSON.stringify(event) : eventLine(event, terminal.width));
}
