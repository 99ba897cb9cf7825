/** Many clients of one gateway, in this process. */
import { Celeriac } from '@celeriac/client';
import type * as tasks from './crowd-tasks.ts';

export type CrowdApp = Celeriac<typeof tasks>;

/** No wait here is longer. */
const PATIENCE_MS = 120_000;

export function makeCrowd(url: string, count: number): readonly CrowdApp[] {
  return Array.from({ length: count }, () => new Celeriac<typeof tasks>({ url, giveUpAfter: '10m' }));
}

/** Has each of them connect, by asking for a task that there is not. */
export async function connectAll(crowd: readonly CrowdApp[]): Promise<void> {
  await Promise.all(crowd.map((app) => app.AsyncResult('nobody').refresh()));
}

/** Resolves when each of them has a session again. @returns for each how long that took, in milliseconds, sorted */
export async function untilBack(crowd: readonly CrowdApp[]): Promise<readonly number[]> {
  const begun = performance.now();
  const late = AbortSignal.timeout(PATIENCE_MS);
  const times = await Promise.all(
    crowd.map(
      ({ connection }) =>
        new Promise<number>((resolve, reject) => {
          late.addEventListener('abort', () => reject(new Error(`a client is ${connection.state} for ever`)));
          const look = (): void => {
            if (connection.state === 'open') resolve(performance.now() - begun);
          };
          connection.on('change', look);
          look();
        }),
    ),
  );
  return times.sort((one, other) => one - other);
}

/** How long one call after the other takes, in milliseconds, sorted. */
export async function timeCalls(app: CrowdApp, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let call = 0; call < count; call++) {
    const begun = performance.now();
    await app.tasks.quick.delay(call).get({ timeout: PATIENCE_MS / 1_000 });
    times.push(performance.now() - begun);
  }
  return times.sort((one, other) => one - other);
}
