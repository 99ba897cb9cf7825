/** The same tasks in three places: in a worker's loop, in its threads, and in the process of whoever calls. */
import { fileURLToPath } from 'node:url';
import type { Celeriac } from '@celeriac/client';
import { createGateway, type Gateway } from '@celeriac/gateway';
import { createWorker, type Worker } from '@celeriac/worker';
import { pino } from 'pino';
import { makeAgreementApp } from './agreement-tasks.ts';

export const TASK_PLACES = ['inline', 'threads', 'alwaysEager'] as const;
export type TaskPlace = (typeof TASK_PLACES)[number];

/** As local calls see theirs. */
const WORKER = 'local';
const QUEUES = ['default', 'own'];

/** An app whose tasks run there. */
export class PlaceSetup {
  readonly app: Celeriac;
  readonly #gateway: Gateway | undefined;
  readonly #worker: Worker | undefined;

  private constructor(app: Celeriac, gateway?: Gateway, worker?: Worker) {
    this.app = app;
    this.#gateway = gateway;
    this.#worker = worker;
  }

  static async open(place: TaskPlace): Promise<PlaceSetup> {
    if (place === 'alwaysEager') return new PlaceSetup(makeAgreementApp({ alwaysEager: true }));
    const log = pino({ level: 'silent' });
    const gateway = createGateway({ port: 0, store: 'memory' });
    await gateway.start();
    const { url } = gateway;
    const common = { gateway: url, name: WORKER, queues: QUEUES, log };
    const worker =
      place === 'inline'
        ? createWorker(makeAgreementApp(), { ...common, pool: 'inline', concurrency: 1 })
        : createWorker(makeAgreementApp(), {
            ...common,
            pool: 'threads',
            concurrency: 1,
            tasks: fileURLToPath(new URL('agreement-tasks.ts', import.meta.url)),
          });
    await worker.start();
    return new PlaceSetup(makeAgreementApp({ url }), gateway, worker);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.#worker?.stop({ now: true });
    await this.#gateway?.stop();
  }
}
