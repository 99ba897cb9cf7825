/** `celeriac control rate-limit` and `concurrency-limit`. */
import type { LimitChange, TaskLimits } from '@celeriac/client';
import { OptionError } from '@celeriac/protocol';
import { CONCURRENCY_LIMIT, option } from '@celeriac/protocol/internal';
import { gatewayAddress, withApp } from '../../calling/with-app.ts';
import { GATEWAY_ADDRESS, jsonFlag } from '../../options/common-flags.ts';
import { type Flag, optionalFlag } from '../../options/flag.ts';
import { EXIT } from '../../output/exit.ts';
import { defineVerb } from '../../verb.ts';

const RATE_EPILOGUE = `Prints the limits that apply to the task from now on.

Examples:
  celeriac control rate-limit add 10/s
  celeriac control rate-limit add none       as often as workers have free slots
  celeriac control rate-limit add default    the rate of its definition`;

export const rateLimitVerb = defineVerb({
  name: 'rate-limit',
  summary: 'limit how often a task may start, across all workers',
  operands: [
    ['<task>', 'the name'],
    ['<rate>', '10/s, 100/m, 5/h, none or default'],
  ],
  flags: { ...GATEWAY_ADDRESS, json: jsonFlag('the command, the task and its limits as one JSON object') },
  epilogue: RATE_EPILOGUE,
  async run({ operands: [task = '', rate = ''], values, terminal }) {
    return withApp(gatewayAddress(values), terminal, async (app) => {
      const limits = await app.control.rateLimit(task, rate === 'none' ? null : rate);
      terminal.print(
        values.json ? JSON.stringify({ command: 'rate-limit', task, ...limits }) : limitsText(limits),
      );
      return EXIT.ok;
    });
  },
});

const CONCURRENCY_EPILOGUE = `LIMIT and COUNT are a number, none, or default (the limit of the definition). LIMIT applies to each key if the task has
a limit per key, else to the whole task. Prints the limits that apply to the task from now on; running tasks are not stopped.

Examples:
  celeriac control concurrency-limit add 4
  celeriac control concurrency-limit add --per-key 2 --per-task none`;

function limitFlag(flag: string, help: string): Flag<LimitChange<number> | undefined> {
  return optionalFlag(flag, 'COUNT', help, readLimit);
}

export const concurrencyLimitVerb = defineVerb({
  name: 'concurrency-limit',
  summary: 'limit how many runs of a task, or of each of its keys, may go on at the same time',
  operands: [
    ['<task>', 'the name'],
    ['[limit]', 'a number, none or default'],
  ],
  flags: {
    ...GATEWAY_ADDRESS,
    perTask: limitFlag('per-task', 'runs of the task at the same time, whatever their keys'),
    perKey: limitFlag('per-key', 'runs at the same time for each key'),
    json: jsonFlag('the command, the task and its limits as one JSON object'),
  },
  epilogue: CONCURRENCY_EPILOGUE,
  async run({ operands: [task = '', limit], values, terminal }) {
    const { perTask, perKey } = values;
    const apart = perTask !== undefined || perKey !== undefined;
    if ((limit === undefined) !== apart)
      throw new OptionError('limit', 'expected either LIMIT, or --per-task and --per-key');
    const change = limit === undefined ? { task: perTask, key: perKey } : readLimit(limit, 'LIMIT');
    return withApp(gatewayAddress(values), terminal, async (app) => {
      const limits = await app.control.concurrencyLimit(task, change);
      terminal.print(
        values.json ? JSON.stringify({ command: 'concurrency-limit', task, ...limits }) : limitsText(limits),
      );
      return EXIT.ok;
    });
  },
});

function readLimit(given: unknown, name: string): LimitChange<number> {
  if (given === 'none') return null;
  if (given === 'default') return given;
  const limit = Number(/^\d+$/.test(String(given)) ? given : Number.NaN);
  if (limit >= 1 && limit <= CONCURRENCY_LIMIT) return limit;
  throw option.expected(name, `an integer from 1 to ${CONCURRENCY_LIMIT}, none or default`, given);
}

/** `rate 10/s, 4 at a time, 1 for each key`. */
function limitsText({ rateLimit, concurrencyLimit: { task, key } }: TaskLimits): string {
  const limits = [
    ...(rateLimit === null ? [] : [`rate ${rateLimit}`]),
    ...(task === null ? [] : [`${task} at a time`]),
    ...(key === null ? [] : [`${key} at a time for each key`]),
  ];
  return limits.length === 0 ? 'no limits' : limits.join(', ');
}
