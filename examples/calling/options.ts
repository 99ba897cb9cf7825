/** Options of one call. */
import { about, add, where } from './tasks.ts';

const told = about.applyAsync(['cats'], { priority: 7, headers: { tenant: 'acme' }, shadow: 'about.cats' });
console.log(await told.get({ timeout: 10 }));

const called = performance.now();
const later = add.applyAsync([2, 2], { countdown: '300ms' });
console.log(await later.get({ timeout: 10 }), performance.now() - called >= 300);

const tomorrow = add.applyAsync([2, 2], { eta: new Date(Date.now() + 86_400_000), expires: '30d' });
await tomorrow.accepted;
console.log(tomorrow.state, (await tomorrow.refresh()).waiting, await tomorrow.revoke());

const silent = add.applyAsync([2, 2], { ignoreResult: true });
console.log(await silent.get());

// The route of the app: reports.* goes to the queue reports, unless the call names another.
console.log(await where.delay().get({ timeout: 10 }));
console.log(await where.applyAsync([], { queue: 'default' }).get({ timeout: 10 }));

try {
  add.applyAsync([2, 2], { cuontdown: 10 } as object);
} catch (error) {
  console.log((error as Error).message);
}

// prints:
// {
//   name: 'about',
//   args: [ 'cats' ],
//   queue: 'default',
//   priority: 7,
//   attempt: 1,
//   headers: { tenant: 'acme' }
// }
// 4 true
// PENDING due prevented
// undefined
// reports
// default
// add.applyAsync() has no option 'cuontdown'; did you mean 'countdown'?
