import type { MonitorEventType } from '@celeriac/protocol';
import type { FeedPoint } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import type { EventLog } from './event-log.ts';
import { type Feed, type FeedSink, Pacer } from './feed.ts';

/** Events told at a time, and so ten times as many a second; of more, the oldest are cut, and how many is said. */
const AT_ONCE = 2_000;

/** What happens, in order, of the types that are asked for. Holds a place in the log, and nothing else. */
export class EventFeed implements Feed {
  readonly #number: number;
  readonly #types: ReadonlySet<MonitorEventType> | null;
  readonly #log: EventLog;
  readonly #sink: FeedSink;
  readonly #pacer: Pacer;
  #told: number;
  #opening: 'whole' | 'broken' | undefined;

  constructor(
    [number, types, after]: readonly [number, readonly MonitorEventType[] | null, FeedPoint | null],
    log: EventLog,
    clock: Clock,
    sink: FeedSink,
  ) {
    this.#number = number;
    this.#types = types === null ? null : new Set(types);
    this.#log = log;
    this.#sink = sink;
    const place = after === null ? log.last : log.resume(after);
    this.#told = place ?? log.last;
    this.#opening = place === undefined ? 'broken' : 'whole';
    this.#pacer = new Pacer(
      clock,
      () => sink.room(),
      () => this.#speak(),
    );
    this.#pacer.touch();
  }

  happened(): void {
    this.#pacer.touch();
  }

  close(): void {
    this.#pacer.close();
  }

  #speak(): void {
    const { missed, events } = this.#log.after(this.#told, AT_ONCE);
    this.#told = this.#log.last;
    const types = this.#types;
    const wanted = types === null ? events : events.filter(({ type }) => types.has(type));
    const opening = this.#opening;
    this.#opening = undefined;
    if (wanted.length === 0 && missed === 0 && opening === undefined) return;
    this.#sink.deliver([
      this.#number,
      'events',
      {
        point: [this.#log.epoch, this.#told],
        missed: opening === 'broken' ? null : missed,
        events: wanted,
      },
    ]);
  }
}
