/** Loads in a worker, but not in the threads that are to run its tasks. */
import { isMainThread } from 'node:worker_threads';
import { Celeriac } from '@celeriac/client';

if (!isMainThread) throw new Error('no such table');

export const app = new Celeriac();
export const add = app.task('add', (x: number, y: number) => x + y);
