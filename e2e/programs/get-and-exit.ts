import { add } from '../tasks/tasks.ts';

console.log(await add.delay(2, 2).get());
console.log(`got it at ${Date.now()}`);
