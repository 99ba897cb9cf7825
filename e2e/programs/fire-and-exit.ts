// The whole program: its last line is the call.
import { add } from '../tasks/tasks.ts';

console.log(add.delay(2, 2).id);
