import { pino } from 'pino';
import type { WorkerOptions } from '../src/options.ts';
import { createWorker, type Worker } from '../src/worker.ts';
import { FakeGateway } from './fake-gateway.ts';

/** A gateway that does what a test says, and the workers that the test makes for it. */
export class Workplace {
  gateway: FakeGateway;
  readonly #workers: Worker[] = [];

  private constructor(gateway: FakeGateway) {
    this.gateway = gateway;
  }

  static async open(): Promise<Workplace> {
    return new Workplace(await FakeGateway.listen());
  }

  make(app: object, options: WorkerOptions = {}): Worker {
    const worker = createWorker(app, {
      gateway: this.gateway.url,
      log: pino({ level: 'silent' }),
      // The shortest waits between attempts to connect.
      random: () => 0.99,
      ...options,
    });
    this.#workers.push(worker);
    return worker;
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop({ now: true })));
    await this.gateway.close();
  }
}
