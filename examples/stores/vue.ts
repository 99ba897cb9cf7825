import { effectScope, watchEffect } from 'vue';
import { add } from './tasks.ts';
import { useAsyncResult } from './use-async-result.ts';

const res = add.delay(2, 2);
const component = effectScope();
component.run(() => {
  const view = useAsyncResult(res);
  watchEffect(() => console.log(view.value.state, view.value.result ?? ''), { flush: 'sync' });
});
await res.get({ timeout: 10 });
component.stop();

// prints:
// PENDING
// PENDING
// STARTED
// SUCCESS 4
