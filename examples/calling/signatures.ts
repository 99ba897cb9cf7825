/** Calls that are made later, or after others. */
import { add, app, order } from './tasks.ts';

const plusTen = add.s(10); // the last argument is given, the first one follows
console.log(plusTen(1), await plusTen.delay(2).get({ timeout: 10 }));
console.log(await plusTen.clone([5]).set({ priority: 9 }).delay().get({ timeout: 10 }));

// After a success the linked task is called, with the result as its first argument.
const res = add.applyAsync([2, 2], { link: add.s(100) });
console.log(await res.get({ timeout: 10 }));
const [next] = res.children ?? [];
console.log(await next?.get({ timeout: 10 }));

// After a failure another task is called, here with its own arguments.
const failed = order.s('chain').linkError(add.si(0, 0)).delay();
await failed.get({ timeout: 10, propagate: false });
console.log(failed.state, await failed.children?.[0]?.get({ timeout: 10 }));

// As plain data, for a file or a database.
const text = JSON.stringify(add.s(1, 1));
console.log(await app.signature(JSON.parse(text)).delay().get({ timeout: 10 }));

// prints:
// 11 12
// 15
// 4
// 104
// FAILURE 0
// 2
