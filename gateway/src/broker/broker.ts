import type { Clock, Service } from '@celeriac/runtime';
import { Ticker } from '@celeriac/runtime';
import type { Retention } from '../core/snapshot.ts';
import type { Engine, Opened } from '../engine/engine.ts';
import { Bus } from '../events/bus.ts';
import type { Telemetry } from '../events/telemetry.ts';
import { Admission } from './admission.ts';
import { Catalog } from './catalog.ts';
import { Completer } from './completer.ts';
import { Controller } from './controller.ts';
import { Dispatcher } from './dispatcher.ts';
import { Forgetter } from './forgetter.ts';
import { Lanes } from './lanes.ts';
import { Leases } from './leases.ts';
import { Limits } from './limits.ts';
import { Monitor } from './monitor/monitor.ts';
import { Operator } from './operator.ts';
import { Pauses } from './pauses.ts';
import { Promoter } from './promoter.ts';
import { PRUNE_EVERY_MS, Pruner } from './pruner.ts';
import { PULSE_EVERY_MS, Pulse } from './pulse.ts';
import { Reader } from './reader.ts';
import { Recorder } from './recorder.ts';
import { RESCUE_EVERY_MS, type RescueRules, Rescuer } from './rescuer.ts';
import { Revoker } from './revoker.ts';
import { Roster } from './roster.ts';
import { Router } from './router.ts';
import { Sessions } from './sessions.ts';
import { Streams } from './streams/streams.ts';

export interface BrokerRules extends RescueRules {
  readonly payloadLimit: number;
  readonly callLimit: number;
  readonly retention: Retention;
  readonly knownQueues: ReadonlySet<string> | null;
  readonly maxDepth: number;
}

/** What transports may call. */
export interface Broker extends Service {
  readonly epoch: string;
  readonly bus: Bus;
  readonly roster: Roster;
  readonly admission: Admission;
  readonly completer: Completer;
  readonly controller: Controller;
  readonly sessions: Sessions;
  readonly router: Router;
  readonly revoker: Revoker;
  readonly forgetter: Forgetter;
  readonly reader: Reader;
  readonly dispatcher: Dispatcher;
  readonly streams: Streams;
  readonly monitor: Monitor;
  readonly pulse: Pulse;
  /** Tasks in workers' hands. */
  readonly held: number;
}

/** Puts the services together on an open engine. Decides nothing. */
export function assembleBroker(
  outside: { readonly clock: Clock; readonly random: () => number; readonly telemetry: Telemetry },
  engine: Engine,
  opened: Opened,
  rules: BrokerRules,
): Broker {
  const { clock, random, telemetry } = outside;
  const report = (service: string) => (error: unknown) =>
    void telemetry.emit('serviceFailed', { service, error });
  const bus = new Bus();
  const catalog = new Catalog();
  const lanes = new Lanes();
  const wake = (): void => dispatcher.wake();
  const leases = new Leases(wake);
  const limits = new Limits(clock, catalog, leases);
  const pauses = new Pauses(engine);
  const roster = new Roster();
  const reader = new Reader({ clock, engine, leases, limits, pauses, roster }, rules.retention);
  const monitor = new Monitor({ clock, engine, catalog, lanes, leases, pauses, roster, reader, telemetry });
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
  const streams = new Streams(clock, engine, report('streams'));
  const recorder = new Recorder(
    { engine, bus, lanes, leases, catalog, streams, monitor, clock, telemetry },
    { dispatch: wake, due: (at) => promoter.due(at), expires: (at) => promoter.expires(at) },
  );
  const completer = new Completer(
    { clock, engine, leases, recorder, roster, streams, telemetry },
    random,
    wake,
  );
  const promoter = new Promoter({ clock, engine, lanes, recorder, telemetry }, wake);
  const sessions = new Sessions({ clock, roster, leases, recorder, telemetry }, wake);
  const rescuer = new Rescuer({ clock, roster, leases, sessions, recorder, telemetry }, rules);
  const pulse = new Pulse({ clock, telemetry }, () => dispatcher.couldDeliver);
  const operator = new Operator(clock, engine, recorder, roster);
  const pruner = new Pruner(clock, engine, rules.retention.resultMs);

  engine.onThrough((through) => {
    for (const { lane, count } of through) lanes.add(lane, count);
    wake();
  });
  catalog.load(opened.definitions);
  limits.load(opened.settings);
  pauses.load(opened.pausedQueues);
  for (const { lane, count } of opened.ready) lanes.add(lane, count);
  sessions.restore(opened.held);
  if (opened.nextDueAt !== null) promoter.due(opened.nextDueAt);
  if (opened.nextExpiryAt !== null) promoter.expires(opened.nextExpiryAt);

  const tickers = [
    new Ticker(clock, RESCUE_EVERY_MS, () => rescuer.runOnce(), report('rescuer')),
    new Ticker(clock, PULSE_EVERY_MS, () => pulse.runOnce(), report('pulse')),
    new Ticker(clock, PRUNE_EVERY_MS, () => pruner.runOnce(), report('pruner')),
  ];

  return {
    epoch: opened.epoch,
    bus,
    roster,
    sessions,
    dispatcher,
    streams,
    pulse,
    get held() {
      return leases.size;
    },
    admission: new Admission({ clock, engine, catalog, roster, recorder, dispatcher, telemetry }, rules),
    completer,
    controller: new Controller({ engine, catalog, limits, operator, pauses, monitor }, wake),
    router: new Router(clock, engine, catalog, recorder),
    revoker: new Revoker(clock, engine, leases, roster, recorder),
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
      for (const ticker of tickers) await ticker.stop();
      await monitor.stop();
    },
  };
}
