import { Celeriac } from '@celeriac/client';

export const app = new Celeriac();

export const add = app.task('add', (x: number, y: number) => x + y);
