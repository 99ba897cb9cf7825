import { FRAME_SOFT_LIMIT, type WireSnapshot } from '@celeriac/protocol/internal';
import { chunksOf } from '@celeriac/runtime';
import type { SnapshotReader } from '../../broker/snapshot-reader.ts';
import { authorize } from '../auth/authorize.ts';
import { asksWhose } from '../auth/grant.ts';
import type { ClientSocket } from './client-socket.ts';
import type { Outgoing } from './outgoing.ts';
import type { RequestQueue } from './request-queue.ts';
import { fitSnapshot, itemSize } from './sizes.ts';
import { SNAPSHOTS_AT_ONCE } from './watch-subscriptions.ts';

/** The tasks that one client asks about once. */
export class SnapshotRequests {
  readonly #socket: ClientSocket;
  readonly #reader: SnapshotReader;
  readonly #outgoing: Outgoing;
  readonly #requests: RequestQueue;

  constructor(socket: ClientSocket, reader: SnapshotReader, outgoing: Outgoing, requests: RequestQueue) {
    this.#socket = socket;
    this.#reader = reader;
    this.#outgoing = outgoing;
    this.#requests = requests;
  }

  /** As many as fit into one frame, and at least one. */
  async get(ids: readonly string[]): Promise<readonly (WireSnapshot | null)[]> {
    return this.#requests.inTurn(async () => {
      const answers: (WireSnapshot | null)[] = [];
      let size = 0;
      for (const run of chunksOf(ids, SNAPSHOTS_AT_ONCE)) {
        await this.#outgoing.room();
        if (!this.#socket.connected) return answers;
        const { grant } = this.#socket.data;
        const own = asksWhose(grant, 'read');
        const allowed = run.filter((id) => own || authorize.get(grant, id));
        const found = await this.#reader.snapshots(
          allowed.map((id) => [id, 0]),
          (id, caller) => authorize.get(this.#socket.data.grant, id, caller),
        );
        const byId = new Map(found.map((one) => [one.id, one]));
        for (const id of run) {
          const found = byId.get(id);
          const snapshot = found === undefined ? null : fitSnapshot(found, this.#socket.data.frameLimit);
          size += itemSize(snapshot);
          if (size > FRAME_SOFT_LIMIT && answers.length > 0) return answers;
          answers.push(snapshot);
        }
      }
      return answers;
    });
  }
}
