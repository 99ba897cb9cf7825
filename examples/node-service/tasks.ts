import { Celeriac } from '@celeriac/client';

export const app = new Celeriac();

export const add = app.task('sums.add', (x: number, y: number) => {
  if (!Number.isSafeInteger(x + y)) throw new RangeError(`${x} + ${y} is more than I can count`);
  return x + y;
});

/** A placeholder for the work on one row; its result is not used. */
export const importRow = app.task('importRow', { ignoreResult: true }, (row: number, name: string) => {
  if (name === '') throw new TypeError(`row ${row} has no name`);
});
