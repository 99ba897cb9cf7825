import type { Celeriac, EventGap, MonitorEvent, MonitorEventType } from '@celeriac/client';
import { MONITOR_EVENTS, option } from '@celeriac/protocol/internal';
import { gatewayAddress, withApp } from '../calling/with-app.ts';
import { onSignals } from '../hosting/signals.ts';
import { GATEWAY_ADDRESS, jsonFlag } from '../options/common-flags.ts';
import type { Flag } from '../options/flag.ts';
import { words } from '../options/readers.ts';
import { EXIT } from '../output/exit.ts';
import { cutText, printable } from '../output/format.ts';
import type { Terminal } from '../terminal.ts';
import { defineVerb } from '../verb.ts';

const EPILOGUE = `Prints one line per event, under Celery's names, and continues after a restart of the gateway. SIGINT (Ctrl-C), SIGTERM or
SIGHUP end it with exit code 0. If events are missing, a line says so; with --json it is {"type":"gap"}. Needs a token with
admin:read.

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
  summary: 'print events as they happen',
  operands: [],
  flags: { ...GATEWAY_ADDRESS, types, json: jsonFlag('one JSON object per line for each event') },
  epilogue: EPILOGUE,
  async run({ values, terminal }) {
    return withApp({ ...gatewayAddress(values), patienceMs: undefined }, terminal, async (app) => {
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

const TYPE = Math.max(...MONITOR_EVENTS.map((type) => type.length));
/** An id that the client made. */
const ID = 36;
/** Of most names; a longer one moves what follows. */
const NAME = 16;

/**
 * One event in columns: when, what, which task, its name, the worker, and what came of it. Cut to a terminal's width; who
 * watches there is told the time of day, who reads it later the date as well.
 */
export function eventLine(event: MonitorEvent | EventGap, width: number | undefined): string {
  if (event.type === 'gap') return `(${event.missed ?? 'some'} events are missing here)`;
  const { timestamp, type, uuid = '', name = '', hostname = '' } = event;
  const at = new Date(timestamp * 1_000);
  const line = [
    width === undefined ? at.toISOString() : timeOfDay(at),
    type.padEnd(TYPE),
    uuid.padEnd(ID),
    name.padEnd(NAME),
    hostname.padEnd(NAME),
    detailOf(event),
  ];
  const text = printable(line.join('  ').trimEnd());
  return width === undefined ? text : cutText(text, width);
}

/** Local time, as a clock on the wall: `13:05:09.042`. */
function timeOfDay(at: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  const ms = String(at.getMilliseconds()).padStart(3, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`;
}

function detailOf({ type, exception, result, runtime, reason, args, queue, active }: MonitorEvent): string {
  switch (type) {
    case 'task-sent':
      return `${args ?? ''} to ${queue ?? 'no queue yet'}`;
    case 'task-succeeded':
      return [result ?? '', ...(runtime === undefined ? [] : [`in ${runtime} s`])].join(' ');
    case 'worker-heartbeat':
      return `${active ?? 0} running`;
    default:
      return exception ?? reason ?? '';
  }
}
