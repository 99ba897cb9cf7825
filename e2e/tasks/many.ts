/** A module with very many tasks, of long names, and two that are used. */
import { Celeriac } from '@celeriac/client';

export const app = new Celeriac();
for (let n = 0; n < 2_500; n++)
  app.task(`${n}`.padEnd(200, '語'), { typing: false, queue: 'documents' }, () => n);
export const produce = app.task('produce', (text: string, times: number) => text.repeat(times));
export const consume = app.task('consume', { queue: 'documents' }, (text: string) => text.length);
