import { awaitEnd, describeResult, printEnding } from '../calling/report.ts';
import { gatewayAddress, withApp } from '../calling/with-app.ts';
import { GATEWAY_ADDRESS, jsonFlag, TIMEOUT_FLAG, WAIT_FLAG } from '../options/common-flags.ts';
import { EXIT } from '../output/exit.ts';
import { defineVerb } from '../verb.ts';

const EPILOGUE = `Prints the state, and the result or error if there is one. An id that the gateway does not know is PENDING too,
as in Celery; the exit code is then 1.

Example:
  celeriac result 0199f3a0-6f0e-7cc1-b4a7-1f2d3c4b5a69 --wait --timeout 30s`;

export const resultVerb = defineVerb({
  name: 'result',
  summary: 'show the state of a task, and its result',
  operands: [['<id>', 'the task']],
  flags: {
    ...GATEWAY_ADDRESS,
    wait: WAIT_FLAG,
    timeout: TIMEOUT_FLAG,
    json: jsonFlag('everything known about the task as one JSON object'),
  },
  epilogue: EPILOGUE,
  async run({ operands: [id = ''], values, terminal }) {
    return withApp(gatewayAddress(values), terminal, async (app) => {
      const res = app.AsyncResult(id);
      // An unknown id has no end to wait for.
      const { known } = await res.refresh();
      if (values.wait && (known || values.timeout !== undefined)) await awaitEnd(res, values.timeout);
      if (res.ready()) {
        if (!values.json) terminal.print(res.state);
        return printEnding(res, terminal, values.json);
      }
      const shown = res.known ? res.state : `${res.state} (unknown)`;
      terminal.print(values.json ? JSON.stringify(describeResult(res)) : shown);
      return res.known ? EXIT.ok : EXIT.failed;
    });
  },
});
