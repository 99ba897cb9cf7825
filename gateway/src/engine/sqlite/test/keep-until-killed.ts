/** A process that keeps tasks in the file it is given, and prints each id once it is committed, until it is killed. */
import { task, uuid } from '../../conformance/tasks.ts';
import { SqliteEngine } from '../sqlite-engine.ts';

const [, , file = ''] = process.argv;
const engine = new SqliteEngine({ file });
await engine.open();

/** As many at a time as the pipe to the reader takes. */
for (let count = 0; ; count += 10) {
  const writes = Array.from({ length: 10 }, (_, index) => {
    const id = uuid(count + index);
    return engine.insert([task(id)]).committed.then(() => process.stdout.write(`${id}\n`));
  });
  await Promise.all(writes);
}
