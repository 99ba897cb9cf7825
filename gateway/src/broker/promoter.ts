import { Alarm, type Clock, type Service } from '@celeriac/runtime';
import { revokeTask } from '../core/transitions.ts';
import type { Engine, TaskChange } from '../engine/engine.ts';
import type { Telemetry } from '../events/telemetry.ts';
import type { Lanes } from './lanes.ts';
import type { Recorder } from './recorder.ts';

/** Tasks handled per step, so that a million due at once do not stop the gateway. */
const STEP = 1_000;

interface Parts {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly lanes: Lanes;
  readonly recorder: Recorder;
  readonly telemetry: Telemetry;
  readonly wake: () => void;
}

/** Makes due tasks ready, never early, and revokes waiting ones whose time ran out. Two alarms, whatever the number of tasks. */
export class Promoter implements Service {
  readonly #parts: Parts;
  readonly #due: Alarm;
  readonly #expiry: Alarm;
  #stopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#due = new Alarm(parts.clock, () => void this.#guarded(() => this.promoteOnce()));
    this.#expiry = new Alarm(parts.clock, () => void this.#guarded(() => this.expireOnce()));
  }

  start(): void {}

  stop(): void {
    this.#stopped = true;
    this.#due.cancel();
    this.#expiry.cancel();
  }

  /** A task waits until then. */
  due(at: number): void {
    if (!this.#stopped) this.#due.notice(at);
  }

  /** A task expires then. */
  expires(at: number): void {
    if (!this.#stopped) this.#expiry.notice(at);
  }

  async promoteOnce(): Promise<void> {
    const { clock, engine, lanes, wake } = this.#parts;
    const { ready, nextDueAt } = await engine.promoteDue(clock.now(), STEP);
    for (const { lane, count } of ready) lanes.add(lane, count);
    if (nextDueAt !== null) this.due(nextDueAt);
    if (ready.length > 0) wake();
  }

  async expireOnce(): Promise<void> {
    const { clock, engine, recorder, telemetry } = this.#parts;
    const now = clock.now();
    const { records, nextExpiryAt } = await engine.expired(now, STEP);
    const changes = records.map(
      (from): TaskChange => ({ from, to: revokeTask(from, 'expired', now), urgent: true }),
    );
    const applied = await recorder.record(changes);
    const count = applied.filter(Boolean).length;
    if (count > 0) telemetry.emit('expired', { count });
    if (nextExpiryAt !== null) this.expires(nextExpiryAt);
  }

  async #guarded(run: () => Promise<void>): Promise<void> {
    if (this.#stopped) return;
    try {
      await run();
    } catch (error) {
      if (!this.#stopped) this.#parts.telemetry.emit('serviceFailed', { service: 'promoter', error });
    }
  }
}
