/** Retries. */
import { hopeless, indifferent, shy, strict } from './tasks.ts';

const res = shy.delay();
console.log(await res.get({ timeout: 10 }));
console.log(res.history.map(({ state }) => state).join(' '));

const failed = hopeless.delay();
console.log(String(await failed.get({ timeout: 10, propagate: false })), failed.retries);

const ignored = indifferent.delay();
console.log(await ignored.get({ timeout: 10 }), ignored.state);

const rejected = strict.delay();
console.log(String(await rejected.get({ timeout: 10, propagate: false })), rejected.state);

// prints:
// after 2 retries
// PENDING STARTED RETRY STARTED RETRY STARTED SUCCESS
// RangeError: never 2
// undefined IGNORED
// Error: not for me FAILURE
