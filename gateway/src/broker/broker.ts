import type { Clock, MachinePlace, Service } from '@celeriac/runtime';
import { Ticker } from '@celeriac/runtime';
import type { Engine, Opened } from '../engine/engine.ts';
import { Bus } from '../events/bus.ts';
import type { Telemetry } from '../events/telemetry.ts';
import { Admission, type AdmissionRules } from './admission.ts';
import { Backups } from './backups.ts';
import { Catalog } from './catalog.ts';
import { Completer } from './completer.ts';
import { OperatorCommands } from './control.ts';
import { CHECK_EVERY_MS, DeliveryWatchdog } from './delivery-watchdog.ts';
import { Depths, knownHere } from './depths.ts';
import { Dispatcher } from './dispatcher.ts';
import { Families } from './families.ts';
import { Forgetter } from './forgetter.ts';
import { LaneFinder } from './lane-finder.ts';
import { Lanes } from './lanes.ts';
import { Leases } from './leases.ts';
import { MonitorFeeds } from './monitor/monitor.ts';
import { Pauses } from './pauses.ts';
import { Promoter } from './promoter.ts';
import { lookEveryMs, Pruner } from './pruner.ts';
import { Recorder } from './recorder.ts';
import { RESCUE_EVERY_MS, type RescueRules, Rescuer } from './rescuer.ts';
import { type RevocationRules, Revocations } from './revocations.ts';
import { Revoker } from './revoker.ts';
import { Roster } from './roster.ts';
import { Router } from './router.ts';
import { RunLimits } from './run-limits.ts';
import { Sessions } from './sessions.ts';
import { SnapshotReader } from './snapshot-reader.ts';
import { TaskStreams } from './streams/streams.ts';
import { TRIALS_EVERY_MS, Trials } from './trials.ts';

export type BrokerRules = RescueRules &
  AdmissionRules &
  RevocationRules & {
    /** How many tombstones are kept of those that outlive their results, see {@link Keeping}. */
    readonly maxTombstones: number;
    /** Where backups go; `null`: beside the store. */
    readonly backupFolder: string | null;
  };

/** What transports may call. */
export interface Broker extends Service {
  readonly epoch: string;
  readonly bus: Bus;
  readonly roster: Roster;
  readonly admission: Admission;
  readonly completer: Completer;
  readonly control: OperatorCommands;
  readonly sessions: Sessions;
  readonly router: Router;
  readonly revocations: Revocations;
  readonly revoker: Revoker;
  readonly forgetter: Forgetter;
  readonly reader: SnapshotReader;
  readonly dispatcher: Dispatcher;
  readonly streams: TaskStreams;
  readonly monitor: MonitorFeeds;
  readonly deliveryWatchdog: DeliveryWatchdog;
  /** How many tasks wait for nothing but the end of another one's trial. */
  readonly suspectsHeldBack: number;
  /** Tasks held by workers. */
  readonly held: number;
}

/** Puts the services together on an open engine. Decides nothing. */
export function assembleBroker(
  outside: {
    readonly clock: Clock;
    readonly random: () => number;
    readonly telemetry: Telemetry;
    /** Where it runs, so that it sees which workers' processes are no more; left out, it goes by the grace alone. */
    readonly place?: MachinePlace;
  },
  engine: Engine,
  opened: Opened,
  rules: BrokerRules,
): Broker {
  const { clock, random, telemetry, place } = outside;
  const report = (service: string) => (error: unknown) =>
    void telemetry.emit('serviceFailed', { service, error });
  const bus = new Bus();
  const catalog = new Catalog();
  const roster = new Roster();
  const lanes = new Lanes((lane) => roster.expects(lane));
  const wake = (): void => dispatcher.wake();
  const leases = new Leases(wake);
  const limits = new RunLimits(clock, catalog, leases);
  const pauses = new Pauses(engine);
  const revocations = new Revocations(clock, engine, rules);
  const reader = new SnapshotReader({ clock, engine, leases, limits, pauses, roster }, rules.retention);
  const monitor = new MonitorFeeds({ clock, engine, catalog, leases, pauses, roster, reader, telemetry });
  const dispatcher = new Dispatcher({
    clock,
    engine,
    lanes,
    leases,
    limits,
    pauses,
    roster,
    telemetry,
    monitor,
    unfit: (items) => void completer.unfit(items).catch(report('dispatcher')),
  });
  const depths = new Depths(engine, rules, knownHere(catalog, roster, rules));
  const streams = new TaskStreams(clock, engine, report('streams'));
  const recorder = new Recorder(
    { engine, bus, lanes, leases, depths, catalog, streams, monitor, clock, telemetry },
    { dispatch: wake, due: (at) => promoter.due(at), expires: (at) => promoter.expires(at) },
  );
  const completer = new Completer({
    clock,
    engine,
    leases,
    recorder,
    roster,
    streams,
    telemetry,
    random,
    wake,
  });
  const promoter = new Promoter({ clock, engine, lanes, recorder, telemetry, wake });
  const finder = new LaneFinder({ engine, lanes, roster, telemetry, wake });
  const sessions = new Sessions({ clock, roster, leases, finder, recorder, telemetry, wake }, rules.leaseMs);
  const rescuer = new Rescuer({ clock, roster, leases, sessions, recorder, telemetry, place }, rules);
  const trials = new Trials({ clock, roster, leases, recorder, wake });
  const deliveryWatchdog = new DeliveryWatchdog({ clock, telemetry }, () => dispatcher.couldDeliver);
  const { resultMs } = rules.retention;
  const backups = new Backups(engine, rules.backupFolder);
  const families = new Families(engine, leases);
  const pruner = new Pruner(clock, engine, { resultMs, tombstones: rules.maxTombstones });

  engine.onUnblocked((unblocked) => {
    for (const { lane, count } of unblocked) lanes.add(lane, count);
    wake();
  });
  catalog.load(opened.definitions);
  limits.load(opened.settings);
  pauses.load(opened.pausedQueues);
  revocations.load(opened.revokedTokens);
  sessions.restore(opened.held);
  if (opened.nextDueAt !== null) promoter.due(opened.nextDueAt);
  if (opened.nextExpiryAt !== null) promoter.expires(opened.nextExpiryAt);

  const tickers = [
    new Ticker(clock, RESCUE_EVERY_MS, () => rescuer.runOnce(), report('rescuer')),
    new Ticker(clock, TRIALS_EVERY_MS, () => trials.runOnce(), report('trials')),
    new Ticker(clock, CHECK_EVERY_MS, () => deliveryWatchdog.runOnce(), report('delivery watchdog')),
    new Ticker(clock, lookEveryMs(resultMs), () => pruner.runOnce(), report('pruner')),
  ];

  return {
    epoch: opened.epoch,
    bus,
    roster,
    sessions,
    dispatcher,
    streams,
    deliveryWatchdog,
    get suspectsHeldBack() {
      return dispatcher.suspectsHeldBack;
    },
    get held() {
      return leases.size;
    },
    admission: new Admission(
      { clock, engine, catalog, roster, recorder, dispatcher, depths, telemetry, families },
      rules,
    ),
    completer,
    control: new OperatorCommands({
      clock,
      engine,
      catalog,
      limits,
      pauses,
      revocations,
      recorder,
      roster,
      monitor,
      backups,
      wake,
    }),
    router: new Router({ clock, engine, catalog, recorder }),
    revocations,
    revoker: new Revoker({ clock, engine, leases, roster, recorder }),
    forgetter: new Forgetter(engine, recorder),
    reader,
    monitor,
    start: () => {
      for (const ticker of tickers) ticker.start();
      monitor.start();
    },
    stop: async () => {
      dispatcher.stop();
      promoter.stop();
      streams.stop();
      pruner.stop();
      for (const ticker of tickers) await ticker.stop();
      await monitor.stop();
    },
  };
}
