import type { World } from './broker-setup.ts';
import type { TestWorker } from './test-worker.ts';

/** How many of a worker's assignments were run by {@link work}. */
const done = new WeakMap<TestWorker, number>();

/** Lets the workers run what they have and what they get at once, millisecond by millisecond. @returns what ran, in order */
export async function work(
  world: World,
  ms: number,
  ...workers: readonly TestWorker[]
): Promise<readonly string[]> {
  const ran: string[] = [];
  for (let passed = 0; passed < ms; passed++) {
    for (const worker of workers) {
      worker.session.heardAt = world.clock.monotonic();
      for (let next = done.get(worker) ?? 0; next < worker.assigned.length; next++) {
        const [, id = ''] = worker.assigned[next] ?? [];
        await worker.runs(id);
        ran.push(id);
      }
      done.set(worker, worker.assigned.length);
    }
    await world.clock.advance(1);
  }
  return ran;
}
