/** Strikes a cluster as planned, and mends what it struck. */
import type { FaultKind } from '../history/entry.ts';
import { CAST, type Cluster } from './cluster.ts';
import { sleep } from './machine-clock.ts';
import type { PlannedStrike } from './plan.ts';
import type { Supervisor } from './supervisor.ts';

/** A gateway that comes back while its disk is still full fails again. */
const SETTLE_MS = 1_500;
const RETRY_MS = 300;

function besides(target: string): readonly string[] {
  return [CAST.workers, CAST.clients].filter((all) => all.includes(target)).flat();
}

export class ProcessNemesis {
  readonly #cluster: Cluster;
  readonly #injected = new Map<FaultKind, number>();
  readonly #mending = new Set<Promise<void>>();
  /** Links that are struck: what heals one strike would heal another one with it. */
  readonly #links = new Set<string>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** How many strikes there were, by their kind. What followed from them is not counted. */
  get injected(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#injected);
  }

  /** One whose target is down, or held by another strike, strikes somebody beside it; without anybody it is left out. */
  strike(planned: PlannedStrike): void {
    const act = [planned.target, ...besides(planned.target)]
      .map((target) => this.#actOf({ ...planned, target }))
      .find((one) => one !== undefined);
    if (act === undefined) return;
    this.#injected.set(planned.fault, (this.#injected.get(planned.fault) ?? 0) + 1);
    const mending = act();
    this.#mending.add(mending);
    void mending.finally(() => this.#mending.delete(mending));
  }

  /** Resolves when all that was struck is mended. */
  async rest(): Promise<void> {
    while (this.#mending.size > 0) await Promise.all(this.#mending);
  }

  #actOf(planned: PlannedStrike): (() => Promise<void>) | undefined {
    const { fault, target, ms } = planned;
    const cluster = this.#cluster;
    if (fault === 'cut' || fault === 'partition' || fault === 'slow-link')
      return this.#links.has(target) ? undefined : () => this.#strikeLink(planned);
    const struck = cluster.find(target);
    if (!struck.well) return undefined;
    switch (fault) {
      case 'worker-kill':
      case 'gateway-kill':
        return () => this.#down(fault, struck, ms, () => struck.kill());
      case 'client-kill':
        return () => this.#killClient(struck, ms);
      case 'worker-stop':
      case 'gateway-stop':
        return () => this.#down(fault, struck, ms, () => this.#ask(struck));
      case 'worker-stall':
      case 'gateway-stall':
      case 'client-stall':
        return () => this.#stall(fault, struck, ms);
      case 'clock-jump':
        return () => this.#jump(struck, planned.jumpMs, ms);
      default:
        return () => this.#strikeDisk(fault, struck, ms);
    }
  }

  async #down(fault: FaultKind, struck: Supervisor, ms: number, end: () => Promise<unknown>): Promise<void> {
    const mended = this.#cluster.begin(fault, struck.name);
    await end();
    await sleep(ms);
    await struck.start();
    mended();
  }

  /** What it asked until it was dead is abandoned, and what its next life asks is not. */
  async #killClient(struck: Supervisor, ms: number): Promise<void> {
    await struck.kill();
    const mended = this.#cluster.begin('client-kill', struck.name);
    await sleep(ms);
    await struck.start();
    mended();
  }

  async #ask(struck: Supervisor): Promise<void> {
    const exit = await struck.ask();
    // Poison may end a worker that is leaving.
    const poisoned = struck.name.startsWith('worker') && exit?.signal === 'SIGKILL';
    if (exit !== undefined && exit.code !== 0 && !poisoned)
      this.#cluster.failures.push(`${struck.name} was asked to leave, and ended ${exit.code ?? exit.signal}`);
  }

  async #stall(fault: FaultKind, struck: Supervisor, ms: number): Promise<void> {
    const mended = this.#cluster.begin(fault, struck.name);
    struck.program?.pause();
    await sleep(ms);
    struck.program?.resume();
    mended();
  }

  /** One ahead stays ahead: set back it would put off all that is due. One that is set right has jumped again. */
  async #jump(struck: Supervisor, jumpMs: number, ms: number): Promise<void> {
    const cluster = this.#cluster;
    const before = struck.name === 'gateway' ? cluster.gatewayOffsetMs : 0;
    const set = (offsetMs: number): void => {
      const mended = cluster.begin('clock-jump', struck.name);
      if (struck.name === 'gateway') cluster.gatewayOffsetMs = offsetMs;
      struck.program?.tell({ kind: 'clock', offsetMs });
      mended();
    };
    set(before + jumpMs);
    if (jumpMs > 0) return;
    await sleep(ms);
    set(before);
  }

  async #strikeLink({ fault, target, ms, towards, from, sliceBytes }: PlannedStrike): Promise<void> {
    const link = this.#cluster.link(target);
    const mended = this.#cluster.begin(fault, target);
    this.#links.add(target);
    if (fault === 'cut') {
      link.cut();
      this.#links.delete(target);
      return mended();
    }
    if (towards && fault === 'partition') link.hold('towards');
    if (from && fault === 'partition') link.hold('from');
    if (fault === 'slow-link') link.slow({ delayMs: 100, jitterMs: 200, sliceBytes });
    await sleep(ms);
    link.heal();
    this.#links.delete(target);
    mended();
  }

  async #strikeDisk(fault: FaultKind, gateway: Supervisor, ms: number): Promise<void> {
    const cluster = this.#cluster;
    const { disk } = cluster;
    const mended = cluster.begin(fault, 'gateway');
    if (fault === 'slow-disk') {
      gateway.program?.tell({ kind: 'hold-commits' });
      await sleep(ms);
      gateway.program?.tell({ kind: 'release-commits' });
      return mended();
    }
    cluster.deadlyTroubles += 1;
    if (fault === 'disk-full' && disk.small) {
      disk.fill();
      await sleep(ms);
      disk.free();
    } else {
      gateway.program?.tell({ kind: 'fail-write', how: fault === 'commit-error-done' ? 'done' : 'undone' });
    }
    await sleep(SETTLE_MS);
    while (!gateway.well) await sleep(RETRY_MS);
    cluster.deadlyTroubles -= 1;
    mended();
  }
}
