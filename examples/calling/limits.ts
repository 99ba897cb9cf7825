/** Limits: how often tasks begin, and how many run at the same time. */
import { Celeriac } from '@celeriac/client';
import type * as tasks from './tasks.ts';
import { app, charge, rated } from './tasks.ts';

const ten = Array.from({ length: 10 }, (_, x) => rated.delay(x));
const called = performance.now();
await Promise.all(ten.map((res) => res.get({ timeout: 10 })));
// Two may begin at once: the tokens of a tenth of a second.
console.log('took at least 0.7 s:', performance.now() - called >= 700);

// This program has the definition, so each call gets its key: these three wait for each other.
const three = [1, 2, 3].map((cents) => charge.delay('ann', cents));
const other = charge.delay('bob', 4);
await Promise.all([...three, other].map((res) => res.get({ timeout: 10 })));
// Of each: when it was called, when it began, when it ended.
const times = three.map(({ history }) => history.map(({ at }) => at.getTime()));
console.log(
  'one after the other:',
  times.every(([, began = 0], turn) => turn === 0 || began >= (times[turn - 1]?.[2] ?? 0)),
);

// A caller that has only the types gives the key as an option.
const typed = new Celeriac<typeof tasks>();
console.log(await typed.tasks.charge.applyAsync(['eve', 5], { concurrencyKey: 'eve' }).get({ timeout: 10 }));
await typed.tasks.charge
  .delay('eve', 6)
  .get()
  .catch((error: Error) => console.log(error.name, error.message));
await typed.close();

console.log(await app.control.rateLimit(rated, '100/m'));
console.log(await app.control.rateLimit('rated', 'default'));

// prints:
// took at least 0.7 s: true
// one after the other: true
// eve paid 5
// KeyRequiredError task charge limits how many run at a time for each key: call it with the option concurrencyKey
// { rateLimit: '100/m', concurrencyLimit: { task: null, key: null } }
// { rateLimit: '10/s', concurrencyLimit: { task: null, key: null } }
