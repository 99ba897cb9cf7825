/** Calls that are cancelled, and calls that expire. */
import { TaskRevokedError } from '@celeriac/client';
import { add, slow } from './tasks.ts';

const waiting = add.applyAsync([2, 2], { countdown: 3_600 });
console.log(await waiting.revoke()); // it will never run
console.log(await waiting.revoke());

const running = slow.delay(3_600);
for await (const { state } of running.updates()) if (state === 'STARTED') break;
console.log(await running.revoke()); // its signal aborts
const error = await running.get({ propagate: false });
console.log(running.state, error instanceof TaskRevokedError && error.reason);

const late = add.applyAsync([2, 2], { countdown: 10, expires: '100ms' });
const expired = await late.get({ timeout: 10, propagate: false });
console.log(late.state, expired instanceof TaskRevokedError && expired.reason);

// prints:
// prevented
// already-done
// revoked
// REVOKED revoked
// REVOKED expired
