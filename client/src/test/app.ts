import { ManualClock } from '@celeriac/runtime/testing';
import type { CeleriacOptions } from '../app-options.ts';
import { Celeriac } from '../celeriac.ts';
import type { AsyncResult } from '../result/async-result.ts';
import { FakeGateway, type FakeSession } from './fake-gateway.ts';

/** In tenths of a second; a dialer's own waits are shorter. */
const LONGEST_DIAL_WAIT = 600;

/** An app on a manual clock, and the gateway in memory that it talks to. */
export class TestApp {
  readonly clock = new ManualClock();
  readonly gateway = new FakeGateway();
  readonly app: Celeriac;

  constructor(options: CeleriacOptions = {}) {
    this.app = new Celeriac({ clock: this.clock, openTransport: this.gateway.openTransport, ...options });
  }

  get session(): FakeSession {
    return this.gateway.session;
  }

  /** Lets microtasks run. */
  turn(): Promise<void> {
    return this.clock.advance(0);
  }

  /** Brings the newest session up. Between two tries there is none, so time may pass until the next. */
  async welcome(epoch?: string): Promise<FakeSession> {
    for (let tries = 0; this.session.closed && tries < LONGEST_DIAL_WAIT; tries++)
      await this.clock.advance(100);
    this.session.welcome(epoch);
    await this.turn();
    return this.session;
  }

  /** A call, task `a`, with its receipt. */
  async accepted(): Promise<AsyncResult<number>> {
    const result = this.app.sendTask<number>('add', [1, 2], { taskId: 'a' });
    await this.welcome();
    this.session.accept('a');
    return result;
  }
}

/** How a promise stands, without waiting for it. */
export async function standing(promise: Promise<unknown>): Promise<unknown> {
  return Promise.race([
    promise.then(
      (value) => ['resolved', value],
      (error: unknown) => ['rejected', error],
    ),
    pending(),
  ]);
}

async function pending(): Promise<string> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  return 'pending';
}
