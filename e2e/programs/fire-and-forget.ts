/** Makes many calls whose handles nobody keeps, and prints how much of them is left in its memory once they are accepted. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { app } from '../tasks/tasks.ts';

const count = Number(process.argv[2]);
setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What is let go with a handle is free at the second collection. */
async function heapUsed(): Promise<number> {
  for (let times = 0; times < 5; times++) {
    collect();
    await turn();
  }
  return process.memoryUsage().heapUsed;
}

const fire = (value: number): void => void app.sendTask('nobody-has-this', [value]);

fire(-1);
await app.flush();
const before = await heapUsed();
for (let value = 0; value < count; value++) {
  fire(value);
  if (value % 500 === 0) {
    await turn();
    await app.drained();
  }
}
await app.flush();
console.log(`kept ${(await heapUsed()) - before}`);
await app.close();
