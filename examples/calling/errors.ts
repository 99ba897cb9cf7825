/** Errors of tasks, as their callers get them. */
import { TaskError } from '@celeriac/client';
import { app, OutOfStock, order } from './tasks.ts';

const caught = async (item: Parameters<typeof order.delay>[0]): Promise<Error> => {
  const thrown = await order
    .delay(item)
    .get({ timeout: 10 })
    .catch((error: unknown) => error);
  return thrown as Error;
};

const builtIn = await caught('nothing');
console.log(builtIn instanceof TypeError, builtIn.message);

const stranger = await caught('much');
console.log(stranger instanceof TaskError, stranger.name);
app.registerError(OutOfStock);
const own = await caught('much');
console.log(own instanceof OutOfStock && own.data);

const chain = await caught('chain');
console.log(String(chain), '<-', String(chain.cause));

console.log(String(await caught('text')));

const failed = order.delay('chain');
await failed.get({ timeout: 10, propagate: false });
console.log(failed.state, failed.traceback?.includes('tasks.ts'));

// prints:
// true Cannot read properties of null (reading 'buy')
// true OutOfStock
// { left: 3 }
// Error: no order <- RangeError: no such item
// Error: just words
// FAILURE true
