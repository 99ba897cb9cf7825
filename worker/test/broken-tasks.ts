/** A task file that loads in the worker, but not in its children. */
import { isMainThread } from 'node:worker_threads';

if (!isMainThread) throw new Error('no such table');
