/** The page's app, whose gateway is where the page is: it knows the tasks by their types alone, not one byte of worker code is here. */
import { Celeriac } from '@celeriac/client';
import type * as tasks from '../tasks.ts';
import { tokenOfTab } from './token/token.ts';

export const app = new Celeriac<typeof tasks>({ url: new URL('.', location.href).href, token: tokenOfTab });
