// Submits tasks and exits when all are accepted.
import { noop } from '../tasks/tasks.ts';

const count = Number(process.argv[2]);
const handles = Array.from({ length: count }, (_, index) => noop.delay(index));
await Promise.all(handles.map((handle) => handle.accepted));
const samples = handles.filter((_, index) => index % 500 === 0 || index === count - 1);
console.log(`accepted ${samples.map(({ id }) => id).join(' ')}`);
process.exit(0);
