// Calls a task once for each of a million rows, in the memory of a few thousand calls.
import { setImmediate as turn } from 'node:timers/promises';
import { app, importRow } from './tasks.ts';

const rows = Number(process.env['ROWS'] ?? 1_000_000);
const began = performance.now();
const failures = new Map<string, number>();
let accepted = 0;

for (let row = 0; row < rows; row++) {
  const call = importRow.delay(row, `name of row ${row}`);
  call.accepted.then(
    () => {
      accepted += 1;
      // It is on the gateway's disk. Nothing here needs its result, so stop following it.
      call.unwatch();
    },
    ({ message }: Error) => failures.set(message, (failures.get(message) ?? 0) + 1),
  );
  // Like a stream's 'drain': resolves at once, or when few calls wait for their receipt.
  if (row % 1_000 === 0) await app.drained();
}
await app.flush();
// The handles of the last calls are updated in this turn.
await turn();

console.log(`${accepted} of ${rows} accepted`);
for (const [message, count] of failures) console.log(`${count} times: ${message}`);
const seconds = (performance.now() - began) / 1_000;
const megabytes = process.resourceUsage().maxRSS / 1_024;
console.error(`in ${seconds.toFixed(1)} s, with ${megabytes.toFixed(0)} MB at the most`);
await app.close();
