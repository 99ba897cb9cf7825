/** Does what goes wrong in a simulation, writes it down, and mends it when its time is over. */
import type { FaultKind, Strike } from '../history/entry.ts';
import type { HistoryRecorder } from '../history/history-recorder.ts';
import type { Chance } from './chance.ts';
import type { PlannedFault } from './fault-plan.ts';
import type { ProcessClock } from './process-clock.ts';
import type { NetworkRoute } from './route.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { STARTS_AT, type Time } from './time.ts';

/** A process that can be struck. */
export interface Victim {
  readonly clock: ProcessClock;
  kill(): void;
  /** SIGTERM; left out where nobody sends one. */
  stop?(): Promise<void>;
}

/** What there is to strike. */
export interface Realm {
  readonly time: Time;
  readonly disk: SimulatedDisk;
  readonly routes: ReadonlyMap<string, NetworkRoute>;
  /** Alive or not; `undefined` for a name that nobody has had. */
  process(name: string): Victim | undefined;
  route(name: string): NetworkRoute;
  /** Starts it again; nothing where it lives. */
  restart(name: string): void;
}

export const FAST = { delayMs: 1, jitterMs: 2, syncMs: 8 };
const SLOW = { delayMs: 150, jitterMs: 200, syncMs: 2_000 };

/** From a gateway's own failure until its supervisor has started another one. */
const SUPERVISOR_MS = 200;
/** What a supervisor gives a process that is to end by itself. */
const STOP_PATIENCE_MS = 20_000;

export class SimulatedNemesis {
  readonly #realm: Realm;
  readonly #recorder: HistoryRecorder;
  readonly #chance: Chance;
  #faults = 0;

  constructor(realm: Realm, recorder: HistoryRecorder, chance: Chance) {
    this.#realm = realm;
    this.#recorder = recorder;
    this.#chance = chance;
  }

  strike(planned: PlannedFault): void {
    const { fault, target, ms } = planned;
    switch (fault) {
      case 'worker-kill':
      case 'client-kill':
      case 'gateway-kill':
        this.#kill(fault, target, ms);
        break;
      case 'worker-stop':
      case 'gateway-stop':
        this.#stop(fault, target, ms);
        break;
      case 'worker-stall':
      case 'gateway-stall':
      case 'client-stall':
        this.#stall(fault, target, ms);
        break;
      case 'commit-error':
      case 'commit-error-done':
      case 'disk-full':
      case 'slow-disk':
        this.#strikeDisk(fault, target, ms);
        break;
      case 'clock-jump':
        this.#jump(target, planned.jumpMs);
        break;
      case 'cut':
      case 'partition':
      case 'slow-link':
        this.#strikeLink(planned);
        break;
      default:
        fault satisfies never;
    }
  }

  /** One of its tasks ends this worker from inside. */
  poisoned(worker: string): void {
    this.#kill('worker-kill', worker, this.#chance.between(10, 1_000));
  }

  /** The gateway ends by itself, and is started again. Whatever else its process would have done, it may do for a moment. */
  failed(gateway: Victim): void {
    this.#realm.time.after(this.#chance.between(0, 5), () => {
      const mended = this.#begin('gateway-kill', 'gateway');
      gateway.kill();
      this.#realm.time.after(SUPERVISOR_MS, () => {
        this.#realm.restart('gateway');
        mended();
      });
    });
  }

  /** Mends all that is wrong, whoever is to mend it else. */
  heal(processes: ReadonlyMap<string, Victim>): void {
    for (const [name, { clock }] of processes) {
      // A clock that is ahead stays there: set back it would put off all that is due.
      const behindMs = STARTS_AT - clock.wallOffset;
      if (behindMs > 0 && clock.alive) this.#jump(name, behindMs);
      else if (behindMs > 0) clock.jumpWall(behindMs);
      clock.resume();
    }
    for (const route of this.#realm.routes.values()) {
      route.heal();
      route.speed(FAST);
    }
    Object.assign(this.#realm.disk, { syncMs: FAST.syncMs, failing: undefined, full: false });
  }

  #kill(fault: FaultKind, target: string, ms: number): void {
    const victim = this.#realm.process(target);
    if (victim?.clock.alive !== true) return;
    const mended = this.#begin(fault, target);
    victim.kill();
    this.#realm.time.after(ms, () => {
      this.#realm.restart(target);
      mended();
    });
  }

  #stop(fault: FaultKind, target: string, ms: number): void {
    const victim = this.#realm.process(target);
    // One that stands still hears nothing.
    if (victim?.clock.alive !== true || victim.clock.paused) return;
    const mended = this.#begin(fault, target);
    const { time } = this.#realm;
    void victim.stop?.();
    time.after(STOP_PATIENCE_MS, () => victim.kill());
    victim.clock.onKill(() =>
      time.after(ms, () => {
        this.#realm.restart(target);
        mended();
      }),
    );
  }

  #stall(fault: FaultKind, target: string, ms: number): void {
    const clock = this.#realm.process(target)?.clock;
    if (clock?.alive !== true || clock.paused) return;
    clock.pause();
    this.#during(fault, target, ms, () => clock.resume());
  }

  #strikeDisk(
    fault: 'commit-error' | 'commit-error-done' | 'disk-full' | 'slow-disk',
    target: string,
    ms: number,
  ): void {
    const { disk } = this.#realm;
    if (fault === 'slow-disk') disk.syncMs = SLOW.syncMs;
    else if (fault === 'disk-full') disk.full = true;
    else disk.failing = fault === 'commit-error' ? 'undone' : 'done';
    this.#during(fault, target, ms, () => {
      if (fault === 'slow-disk') disk.syncMs = FAST.syncMs;
      else if (fault === 'disk-full') disk.full = false;
      else disk.failing = undefined;
    });
  }

  #jump(target: string, ms: number): void {
    const clock = this.#realm.process(target)?.clock;
    if (clock?.alive !== true) return;
    clock.jumpWall(ms);
    this.#during('clock-jump', target, 0, () => {});
  }

  #strikeLink({ fault, target, ms, towards, from }: PlannedFault): void {
    const route = this.#realm.route(target);
    if (fault === 'cut') {
      route.cut();
      this.#during(fault, target, 0, () => {});
    } else if (fault === 'partition') {
      route.hold(towards, from);
      this.#during(fault, target, ms, () => route.heal());
    } else {
      route.speed(SLOW);
      this.#during(fault, target, ms, () => route.speed(FAST));
    }
  }

  #during(fault: FaultKind, target: string, ms: number, mend: () => void): void {
    const mended = this.#begin(fault, target);
    this.#realm.time.after(ms, () => {
      mend();
      mended();
    });
  }

  #begin(fault: FaultKind, target: string): () => void {
    const number = ++this.#faults;
    const say = (phase: Strike['phase']): void =>
      this.#recorder.say({ kind: 'fault', phase, number, fault, target });
    say('begin');
    return () => say('end');
  }
}
