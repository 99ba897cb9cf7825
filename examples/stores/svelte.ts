import { resultStore } from './result-store.ts';
import { add } from './tasks.ts';

const res = add.delay(2, 2);
const stop = resultStore(res).subscribe(({ state, result }) => console.log(state, result ?? ''));
await res.get({ timeout: 10 });
stop();

// prints:
// PENDING
// PENDING
// STARTED
// SUCCESS 4
