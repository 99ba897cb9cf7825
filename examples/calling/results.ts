/** What a handle shows. */
import { Celeriac, ResultSet, TimeoutError } from '@celeriac/client';
import { add, app, slow } from './tasks.ts';

const res = add.delay(2, 3);
res.on('state', ({ state }) => console.log(state));
console.log(await res.get({ timeout: 10 }), res.successful());

// A timeout ends the wait, not the task.
const slower = slow.delay(0.3);
const waited = await slower.get({ timeout: 0.05 }).catch((error: unknown) => error);
console.log(waited instanceof TimeoutError, await slower.get({ timeout: 10 }));

// From another app, which has only the id.
const elsewhere = new Celeriac();
console.log(await elsewhere.AsyncResult(res.id).get({ timeout: 10 }));
await elsewhere.close();
console.log(app.AsyncResult('nobody-knows-this-id').state);

// Several at once: as they end, or all together in the order of the calls.
const set = new ResultSet([slow.delay(0.4), slow.delay(0.01)]);
for await (const one of set) console.log(one.result);
console.log(await set.join({ timeout: 10 }), set.completedCount());

console.log(await res.forget());
const gone = await app
  .AsyncResult(res.id)
  .get()
  .catch((error: Error) => error.name);
console.log(gone);

// prints:
// PENDING
// STARTED
// SUCCESS
// 5 true
// true 0.3
// 5
// PENDING
// 0.01
// 0.4
// [ 0.4, 0.01 ] 2
// true
// ResultGoneError
