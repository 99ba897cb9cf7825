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
      // It is on the gateway's disk, and nobody here asks what becomes of it: no handle is kept up to date for that.
      call.unwatch();
    },
    ({ message }: Error) => failures.set(message, (failures.get(message) ?? 0) + 1),
  );
  // As with a stream's 'drain': at once, or when what waits for its receipt has become little.
  if (row % 1_000 === 0) await app.drained();
}
await app.flush();
// The handles of the last ones are told in this turn.
await turn();

console.log(`${accepted} of ${rows} accepted`);
for (const [message, count] of failures) console.log(`${count} times: ${message}`);
const seconds = (performance.now() - began) / 1_000;
const megabytes = process.resourceUsage().maxRSS / 1_024;
console.error(`in ${seconds.toFixed(1)} s, with ${megabytes.toFixed(0)} MB at the most`);
await app.close();
