import type { EventGap, MonitorEvent } from '@celeriac/client';
import { addressOf, withApp } from '../calling/with-app.ts';
import { GATEWAY_ADDRESS } from '../options/gateway-address.ts';
import { JSON_FLAG } from '../options/waiting.ts';
import { EXIT } from '../output/exit-codes.ts';
import { defineVerb } from '../verb.ts';

const EPILOGUE = `One line for each, by Celery's names, until it is interrupted. Needs a token with admin:read.

Example:
  celeriac events --json`;

export const eventsVerb = defineVerb({
  name: 'events',
  summary: 'print what happens, as it happens',
  operands: [],
  flags: { ...GATEWAY_ADDRESS, json: JSON_FLAG },
  epilogue: EPILOGUE,
  async run({ values, terminal }) {
    return withApp({ ...addressOf(values), patienceMs: undefined }, terminal, async (app) => {
      for await (const event of app.monitor.events()) {
        terminal.print(values.json ? JSON.stringify(event) : eventText(event));
      }
      return EXIT.ok;
    });
  },
});

function eventText(event: MonitorEvent | EventGap): string {
  if (event.type === 'gap') return `(${event.missed ?? 'some'} events are missing here)`;
  const { timestamp, type, uuid, hostname, name, exception, result } = event;
  const said = exception ?? result ?? event.reason;
  return [new Date(timestamp * 1_000).toISOString(), type, uuid, name, hostname, said]
    .filter((part) => part !== undefined)
    .join(' ')
    .replaceAll(/\p{Cc}/gu, '?');
}
