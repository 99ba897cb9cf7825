import { add } from '../tasks/tasks.ts';

console.log(add(2, 2));
