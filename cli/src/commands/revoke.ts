import type { Duration } from '@celeriac/protocol';
import { gatewayAddress, withApp } from '../calling/with-app.ts';
import { GATEWAY_ADDRESS, jsonFlag } from '../options/common-flags.ts';
import { type Flag, toggle } from '../options/flag.ts';
import { durationAsGiven } from '../options/readers.ts';
import { EXIT } from '../output/exit.ts';
import { defineVerb } from '../verb.ts';

const EPILOGUE = `Prints the outcome: prevented (it will never run), revoked (it was running, and is told to stop), already-done,
or unknown (exit code 1).

Example:
  celeriac revoke 0199f3a0-6f0e-7cc1-b4a7-1f2d3c4b5a69`;

const grace: Flag<Duration> = {
  flag: 'grace',
  value: 'DURATION',
  help: 'how long the task may take to stop by itself',
  default: '5s',
  read: durationAsGiven,
};

export const revokeVerb = defineVerb({
  name: 'revoke',
  summary: 'revoke a task that waits or runs',
  operands: [['<id>', 'the task']],
  flags: {
    ...GATEWAY_ADDRESS,
    terminate: toggle('terminate', 'also end the thread or process that runs it, after the grace period'),
    grace,
    json: jsonFlag('the id and the verdict as one JSON object'),
  },
  epilogue: EPILOGUE,
  async run({ operands: [id = ''], values, terminal }) {
    return withApp(gatewayAddress(values), terminal, async (app) => {
      const { terminate, grace: allowed } = values;
      const verdict = await app.AsyncResult(id).revoke({ terminate, grace: allowed });
      terminal.print(values.json ? JSON.stringify({ id, verdict }) : verdict);
      return verdict === 'unknown' ? EXIT.failed : EXIT.ok;
    });
  },
});
