// Holds its event loop, or lets itself be stopped, for longer than anything waits; says what became of its calls then.
import { Celeriac } from '@celeriac/client';

const way = process.argv[2];
const heldMs = Number(process.argv[3]);
const app = new Celeriac({ acceptTimeout: '500ms' });
const call = (): Promise<string> =>
  app.sendTask('add', [2, 2]).accepted.then(
    () => 'accepted',
    (error: Error) => String(error),
  );

console.log(`first ${await call()}`);
const result = app.sendTask<number>('add', [2, 2]);
const value = result.get({ timeout: '500ms' }).catch(String);
const calls = Array.from({ length: 1_000 }, call);
// They have left when their loop is held, and the answers come meanwhile.
await Promise.resolve();
console.log('held');
if (way === 'busy') for (const begun = performance.now(); performance.now() - begun < heldMs; ) {}
else process.kill(process.pid, 'SIGSTOP');
console.log(`accepted ${(await Promise.all(calls)).filter((end) => end === 'accepted').length}`);
console.log(`value ${await value}`);
process.exit(0);
