import { addressOf, withApp } from '../../calling/with-app.ts';
import { GATEWAY_ADDRESS } from '../../options/gateway-address.ts';
import { jsonFlag } from '../../options/json.ts';
import { EXIT } from '../../output/exit-codes.ts';
import { defineVerb } from '../../verb.ts';
import { limitsText } from './limits-text.ts';

const EPILOGUE = `Prints what holds for the task from now on.

Examples:
  celeriac control rate-limit add 10/s
  celeriac control rate-limit add none       as often as there is room
  celeriac control rate-limit add default    what its definition says`;

export const rateLimitVerb = defineVerb({
  name: 'rate-limit',
  summary: 'change how often tasks of a name may begin, over all workers',
  operands: [
    ['<task>', 'the name'],
    ['<rate>', '10/s, 100/m, 5/h, none or default'],
  ],
  flags: { ...GATEWAY_ADDRESS, json: jsonFlag('the command, the task and its limits as one JSON object') },
  epilogue: EPILOGUE,
  async run({ operands: [task = '', rate = ''], values, terminal }) {
    return withApp(addressOf(values), terminal, async (app) => {
      const limits = await app.control.rateLimit(task, rate === 'none' ? null : rate);
      terminal.print(
        values.json ? JSON.stringify({ command: 'rate-limit', task, ...limits }) : limitsText(limits),
      );
      return EXIT.ok;
    });
  },
});
