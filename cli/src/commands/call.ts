import { OptionError } from '@celeriac/protocol';
import { PRIORITY_MAX } from '@celeriac/protocol/internal';
import { awaitEnd, printEnding } from '../calling/report.ts';
import { gatewayAddress, withApp } from '../calling/with-app.ts';
import { GATEWAY_ADDRESS, jsonFlag, TIMEOUT_FLAG, WAIT_FLAG } from '../options/common-flags.ts';
import { optionalFlag, toggle } from '../options/flag.ts';
import { date, durationAsGiven, integerOption, textOption } from '../options/readers.ts';
import { readTaskArgument } from '../options/task-argument.ts';
import { EXIT } from '../output/exit.ts';
import { defineVerb } from '../verb.ts';

const EPILOGUE = `An argument that is valid JSON is read as JSON, any other as text. Prints the task's id once the gateway has accepted it;
with --wait its result.

Examples:
  celeriac call add 2 2 --wait
  celeriac call media.encode a.mov --queue media --countdown 10s`;

const CALL_FLAGS = {
  queue: optionalFlag('queue', 'QUEUE', 'queue instead of the task’s own', textOption),
  countdown: optionalFlag(
    'countdown',
    'DURATION',
    'do not run before this much time has passed',
    durationAsGiven,
  ),
  eta: optionalFlag('eta', 'TIME', 'do not run before this time, such as 2030-01-31T12:00:00Z', date),
  expires: optionalFlag('expires', 'DURATION', 'revoke it if it has not started by then', durationAsGiven),
  priority: optionalFlag('priority', '0-9', '9 is first', integerOption(0, PRIORITY_MAX)),
  taskId: optionalFlag(
    'task-id',
    'ID',
    'an id of your choice; calls with the same id are the same task',
    textOption,
  ),
  ignoreResult: toggle('ignore-result', 'do not keep the result'),
};

export const callVerb = defineVerb({
  name: 'call',
  summary: 'call a task by name',
  operands: [
    ['<name>', 'the task'],
    ['[args...]', 'its arguments'],
  ],
  flags: {
    ...GATEWAY_ADDRESS,
    ...CALL_FLAGS,
    wait: WAIT_FLAG,
    timeout: TIMEOUT_FLAG,
    json: jsonFlag('id, state and queue as one JSON object; with --wait everything known about the task'),
  },
  epilogue: EPILOGUE,
  async run({ operands: [name = '', ...args], values, terminal }) {
    const { queue, countdown, eta, expires, priority, taskId, ignoreResult } = values;
    if (values.wait && ignoreResult) {
      throw new OptionError('wait', 'expected either --wait or --ignore-result, got both');
    }
    return withApp(gatewayAddress(values), terminal, async (app) => {
      const options = { queue, countdown, eta, expires, priority, taskId };
      const asked = ignoreResult ? { ...options, ignoreResult } : options;
      const res = app.sendTask(name, args.map(readTaskArgument), asked);
      await res.accepted;
      if (!values.wait) {
        terminal.print(
          values.json ? JSON.stringify({ id: res.id, state: res.state, queue: res.queue }) : res.id,
        );
        return EXIT.ok;
      }
      await awaitEnd(res, values.timeout);
      return printEnding(res, terminal, values.json);
    });
  },
});
