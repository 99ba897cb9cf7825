import type { TransportEvents } from '@celeriac/client/testing';
import type { EventItem, WireSnapshot } from '@celeriac/protocol/internal';
import type { HistoryRecorder } from './history-recorder.ts';

/** Between a link and its client: notes an event whose predecessor did not come in this session. */
export class GapWatch implements TransportEvents {
  readonly #events: TransportEvents;
  readonly #recorder: HistoryRecorder;
  readonly #heard = new Map<string, number>();

  constructor(events: TransportEvents, recorder: HistoryRecorder) {
    this.#events = events;
    this.#recorder = recorder;
  }

  welcome(...facts: Parameters<TransportEvents['welcome']>): void {
    this.#recorder.say({ kind: 'client', phase: 'up' });
    this.#events.welcome(...facts);
  }

  /** A receipt says nothing of where the task stands: one that was there before is shown by a snapshot. */
  receipts(...facts: Parameters<TransportEvents['receipts']>): void {
    this.#events.receipts(...facts);
  }

  events(items: readonly EventItem[]): void {
    for (const [id, sequence, , state] of items) {
      if (state === null) continue;
      const heard = this.#heard.get(id);
      if (heard !== undefined && sequence > heard + 1)
        this.#recorder.say({ kind: 'gap', id, expected: heard + 1, got: sequence });
      this.#note(id, sequence);
    }
    this.#events.events(items);
  }

  snapshots(snapshots: readonly WireSnapshot[]): void {
    for (const { id, sequence } of snapshots) this.#note(id, sequence);
    this.#events.snapshots(snapshots);
  }

  feeds(...facts: Parameters<TransportEvents['feeds']>): void {
    this.#events.feeds(...facts);
  }

  streams(...facts: Parameters<TransportEvents['streams']>): void {
    this.#events.streams(...facts);
  }

  refused(...facts: Parameters<TransportEvents['refused']>): void {
    this.#events.refused(...facts);
  }

  goaway(afterMs: number): void {
    this.#events.goaway(afterMs);
  }

  lost(...facts: Parameters<TransportEvents['lost']>): void {
    this.#recorder.say({ kind: 'client', phase: 'down' });
    this.#events.lost(...facts);
  }

  #note(id: string, sequence: number): void {
    this.#heard.set(id, Math.max(sequence, this.#heard.get(id) ?? 0));
  }
}
