import { Celeriac } from '@celeriac/client';
import type * as tasks from './tasks.ts';

const app = new Celeriac<typeof tasks>();
const { primes, stuck, patient } = app.tasks;

const counted = primes.delay(20_000_000);
counted.on('progress', ({ info }) => console.log('so far', info));
console.log('primes:', await counted.get());

console.log(await patient.delay().get());

const limited = await stuck.delay().get({ propagate: false });
console.log(limited instanceof Error ? limited.name : limited);

const hopeless = stuck.applyAsync([], { softTimeLimit: 500, timeLimit: 600 });
for await (const { state } of hopeless.updates()) if (state === 'STARTED') break;
console.log('revoke:', await hopeless.revoke({ terminate: true, grace: 1 }));

console.log('primes again:', await primes.delay(1_000).get());
await app.close();
