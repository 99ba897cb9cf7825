import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Telemetry } from './telemetry.ts';

/** What is looked at when somebody asks, rather than counted as it happens. */
export interface Levels {
  readonly clients: number;
  readonly workers: number;
  /** Tasks held by workers. */
  readonly held: number;
  /** Tasks that wait, by queue. */
  readonly waiting: ReadonlyMap<string, number>;
  readonly stallMs: number;
  readonly storageFull: boolean;
}

/** Queues that are listed by name, the deepest first: anybody may name a queue, and each name is a series for ever. */
const QUEUES_LISTED = 200;
const OTHER_QUEUES = '(others)';

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const TASKS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000];

/** Counts what telemetry tells, in Prometheus's words. Costs nothing per task: it hears of batches. */
export class Metrics {
  readonly #registry = new Registry();
  readonly contentType = this.#registry.contentType;
  #watching = false;

  /** @param levels asked at each scrape; `undefined` while the gateway is not up */
  constructor(telemetry: Telemetry, levels: () => Levels | undefined) {
    this.#count(telemetry);
    this.#measure(telemetry);
    this.#look(levels);
  }

  /** What watches the process (memory, event-loop lag, garbage) begins with the first scrape: who is not scraped pays nothing. */
  text(): Promise<string> {
    if (!this.#watching) collectDefaultMetrics({ register: this.#registry });
    this.#watching = true;
    return this.#registry.metrics();
  }

  #count(telemetry: Telemetry): void {
    const counter = (name: string, help: string): Counter =>
      new Counter({ name: `celeriac_${name}_total`, help, registers: [this.#registry] });
    const labelled = <Label extends string>(name: string, help: string, label: Label): Counter<Label> =>
      new Counter({
        name: `celeriac_${name}_total`,
        help,
        labelNames: [label],
        registers: [this.#registry],
      });
    const accepted = counter('tasks_accepted', 'Calls that were accepted');
    const delivered = counter('tasks_delivered', 'Tasks handed to workers, again after a loss included');
    const ended = labelled('tasks_ended', 'Tasks that ended', 'state');
    const refused = labelled('refused', 'Calls and frames that were refused', 'code');
    const turnedAway = labelled('clients_refused', 'Connections that were refused', 'code');
    const stale = counter('reports_stale', 'Reports of attempts that were no longer theirs');
    const lost = counter('leases_lost', 'Tasks taken back from workers that were lost');
    telemetry.on('accepted', ({ count }) => accepted.inc(count));
    telemetry.on('assigned', ({ count }) => delivered.inc(count));
    telemetry.on('ended', ({ counts }) => {
      for (const [state, count] of counts) ended.inc({ state }, count);
    });
    telemetry.on('refused', ({ code, count }) => refused.inc({ code }, count));
    telemetry.on('clientRefused', ({ code }) => turnedAway.inc({ code }));
    telemetry.on('stale', ({ count }) => stale.inc(count));
    telemetry.on('workerLost', ({ released }) => lost.inc(released));
  }

  #measure(telemetry: Telemetry): void {
    const seconds = new Histogram({
      name: 'celeriac_write_seconds',
      help: 'From handing calls or outcomes to the store until they are committed',
      buckets: SECONDS,
      registers: [this.#registry],
    });
    const tasks = new Histogram({
      name: 'celeriac_write_tasks',
      help: 'Calls or outcomes in one write',
      buckets: TASKS,
      registers: [this.#registry],
    });
    telemetry.on('written', (written) => {
      seconds.observe(written.ms / 1_000);
      tasks.observe(written.tasks);
    });
  }

  #look(levels: () => Levels | undefined): void {
    const gauge = (name: string, help: string, read: (levels: Levels) => number): Gauge =>
      new Gauge({
        name: `celeriac_${name}`,
        help,
        registers: [this.#registry],
        collect() {
          const now = levels();
          if (now !== undefined) this.set(read(now));
        },
      });
    gauge('clients_connected', 'Clients that are connected', ({ clients }) => clients);
    gauge('workers_connected', 'Workers that are connected', ({ workers }) => workers);
    gauge('tasks_held', 'Tasks held by workers', ({ held }) => held);
    gauge('storage_full', '1 while the store has no space for further tasks', ({ storageFull }) =>
      storageFull ? 1 : 0,
    );
    gauge(
      'delivery_stall_seconds',
      'How long nothing was delivered although tasks could run and workers had room',
      ({ stallMs }) => stallMs / 1_000,
    );
    new Gauge({
      name: 'celeriac_queue_depth',
      help: 'Tasks that wait',
      labelNames: ['queue'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [queue, depth] of listed(levels()?.waiting ?? new Map())) this.set({ queue }, depth);
      },
    });
  }
}

function listed(waiting: ReadonlyMap<string, number>): readonly (readonly [queue: string, depth: number])[] {
  if (waiting.size <= QUEUES_LISTED) return [...waiting];
  let deepest: (readonly [queue: string, depth: number])[] = [];
  let others = 0;
  let least = 0;
  for (const entry of waiting) {
    others += entry[1];
    if (entry[1] <= least) continue;
    deepest.push(entry);
    if (deepest.length < 2 * QUEUES_LISTED) continue;
    deepest = deepestOf(deepest);
    least = deepest.at(-1)?.[1] ?? 0;
  }
  const shown = deepestOf(deepest);
  return [...shown, [OTHER_QUEUES, shown.reduce((sum, [, depth]) => sum - depth, others)]];
}

function deepestOf<Entry extends readonly [queue: string, depth: number]>(queues: Entry[]): Entry[] {
  return queues.sort(([, one], [, other]) => other - one).slice(0, QUEUES_LISTED);
}
