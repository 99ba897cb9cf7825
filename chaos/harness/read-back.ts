/** Reads back every task when nothing is on its way any more. */
import { Celeriac } from '@celeriac/client';
import { TASK_STATES } from '@celeriac/protocol';
import { isTerminal } from '@celeriac/protocol/internal';
import type { HistoryRecorder } from '../history/history-recorder.ts';
import { HandleLog } from './programs/handle-log.ts';

const AT_ONCE = 500;

/** @param patience seconds that tasks may still run: those of a client that was killed, whose handles nobody counts */
export async function readBack(
  url: string,
  ids: ReadonlySet<string>,
  recorder: HistoryRecorder,
  patience: number,
): Promise<void> {
  const app = new Celeriac({ url });
  const log = new HandleLog(recorder);
  const all = [...ids];
  for (let from = 0; from < all.length; from += AT_ONCE)
    await Promise.all(
      all.slice(from, from + AT_ONCE).map(async (id) => {
        const handle = app.AsyncResult(id);
        const { known, state } = await handle.refresh();
        const ended = TASK_STATES.some((one) => one === state && isTerminal(one));
        // However it ends; one that does not is what the read will show.
        if (known && !ended) await handle.get({ timeout: patience }).catch(() => {});
        await log.read(handle, true);
      }),
    );
  await app.close();
}
