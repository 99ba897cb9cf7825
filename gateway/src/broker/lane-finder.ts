import { type Offer, offers, offersAll } from '../core/lane.ts';
import type { Engine } from '../engine/engine.ts';
import type { Telemetry } from '../events/telemetry.ts';
import type { Lanes } from './lanes.ts';
import type { Roster, WorkerSession } from './roster.ts';

interface Parts {
  readonly engine: Pick<Engine, 'ready'>;
  readonly lanes: Lanes;
  readonly roster: Roster;
  readonly telemetry: Telemetry;
  readonly wake: () => void;
}

/**
 * Keeps what is believed of lanes to those that some worker serves: a queue that nobody serves costs nothing here, however many
 * tasks wait in it. What waits for a worker that comes is asked of the engine.
 */
export class LaneFinder {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Called before a session joins, or comes back and serves something else; what it returns is called right after that. */
  joining(): (session: WorkerSession) => void {
    const served = [...this.#parts.roster.all()].map(({ facts }) => facts);
    return ({ facts }) => {
      if (served.some((offer) => offersAll(offer, facts))) return;
      void this.#ask(facts, served);
    };
  }

  /** Nobody offers this any more, unless somebody else does. */
  left(offer: Offer): void {
    this.#parts.lanes.leave(offer);
  }

  /** @param served what is known of already: what comes there is counted as it comes */
  async #ask(offer: Offer, served: readonly Offer[]): Promise<void> {
    const { engine, lanes, telemetry, wake } = this.#parts;
    const answered = lanes.asking(offer);
    try {
      const found = await engine.ready([...offer.queues], [...offer.names]);
      answered(found.filter(({ lane }) => !served.some((other) => offers(other, lane))));
      wake();
    } catch (error) {
      answered([]);
      telemetry.emit('serviceFailed', { service: 'lane finder', error });
    }
  }
}
