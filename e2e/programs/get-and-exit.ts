import { add } from '../tasks/tasks.ts';

console.log(await add.delay(2, 2).get());
const gotAt = performance.now();
process.once('exit', () => console.log(`exits after ${Math.round(performance.now() - gotAt)} ms`));
