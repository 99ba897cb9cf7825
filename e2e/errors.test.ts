/** Errors on their way from a worker to a caller. */
import { TaskError } from '@celeriac/client';
import { expect, test } from 'vitest';
import { type App, makeApp, startGateway, startWorker } from './harness/house.ts';
import { OutOfStock } from './tasks/tasks.ts';

type What = Parameters<App['tasks']['throwing']['delay']>[0];

async function setup(): Promise<{ readonly app: App; readonly thrown: (what: What) => Promise<unknown> }> {
  const gateway = await startGateway();
  await startWorker(gateway.url);
  const app = makeApp(gateway.url);
  const thrown = async (what: What): Promise<unknown> => {
    const handle = app.tasks.throwing.delay(what);
    const error: unknown = await handle.get({ timeout: 60 }).catch((reason: unknown) => reason);
    expect(handle.state).toBe('FAILURE');
    return error;
  };
  return { app, thrown };
}

test('an AggregateError comes with its errors, a cause with its causes', async () => {
  const { thrown } = await setup();
  const many = await thrown('many');
  expect(many).toBeInstanceOf(AggregateError);
  expect((many as AggregateError).errors.map(String)).toEqual(['RangeError: one', 'TypeError: two']);
  expect((many as AggregateError).errors[1]).toBeInstanceOf(TypeError);
  const chain = await thrown('chain');
  expect(chain).toMatchObject({ message: 'outer', cause: { message: 'middle', cause: { message: 'root' } } });
  expect(((chain as Error).cause as Error).cause).toBeInstanceOf(TypeError);
});

test('an error of one’s own is itself where it is registered, with its data', async () => {
  const { app, thrown } = await setup();
  const stranger = await thrown('own');
  expect(stranger).toBeInstanceOf(TaskError);
  expect(stranger).toMatchObject({ name: 'OutOfStock', message: 'none left', data: { sku: 'A-1' } });
  app.registerError(OutOfStock);
  const own = await thrown('own');
  expect(own).toBeInstanceOf(OutOfStock);
  expect(own).toMatchObject({ name: 'OutOfStock', message: 'none left', data: { sku: 'A-1' } });
});

test('what is thrown and is no error fails the task all the same', async () => {
  const { thrown } = await setup();
  expect(await thrown('text')).toMatchObject({ message: expect.stringContaining('only words') });
  expect(await thrown('nothing')).toMatchObject({ message: expect.stringContaining('undefined') });
  expect(await thrown('object')).toMatchObject({ message: expect.stringContaining('7') });
});

test('what is too much to carry is cut, and the task fails with the rest', async () => {
  const { thrown } = await setup();
  const huge = await thrown('huge');
  expect(huge).toBeInstanceOf(Error);
  expect((huge as Error).message.length).toBeLessThan(10_000);
  expect((huge as Error).message).toMatch(/^m+/);
  expect(await thrown('circular')).toMatchObject({ message: 'round and round' });
});
