import { Celeriac } from '@celeriac/client';

export const app = new Celeriac();

/** Does nothing, so that what is measured is the way there and back. */
export const noop = app.task('noop', (value: number) => value);

/** Gives a result of so many characters. */
export const sized = app.task('sized', (size: number) => 'x'.repeat(size));
