import {
  FRAME_SOFT_LIMIT,
  type ListPage,
  type ListQuery,
  type WireSnapshot,
} from '@celeriac/protocol/internal';
import { chunksOf } from '@celeriac/runtime';
import type { Broker } from '../../broker/broker.ts';
import type { Whose } from '../../broker/monitor/monitor.ts';
import type { Audit } from '../audit.ts';
import { authorize, whoseTasks } from '../auth/authorize.ts';
import { asksWhose } from '../auth/grant.ts';
import { forbidden } from './client-refusals.ts';
import type { ClientSocket } from './client-socket.ts';
import type { Outgoing } from './outgoing.ts';
import type { RequestQueue } from './request-queue.ts';
import { fitSnapshot, frameSize, itemSize } from './sizes.ts';
import { SNAPSHOTS_AT_ONCE } from './watch-subscriptions.ts';

interface Parts {
  readonly broker: Broker;
  readonly outgoing: Outgoing;
  readonly requests: RequestQueue;
  readonly audit: Audit;
}

/** What one client asks about tasks once, without watching them. */
export class TaskQuestions {
  readonly #socket: ClientSocket;
  readonly #parts: Parts;

  constructor(socket: ClientSocket, parts: Parts) {
    this.#socket = socket;
    this.#parts = parts;
  }

  /** As many as fit into one frame, and at least one. */
  async get(ids: readonly string[]): Promise<readonly (WireSnapshot | null)[]> {
    const { broker, outgoing, requests } = this.#parts;
    return requests.inTurn(async () => {
      const answers: (WireSnapshot | null)[] = [];
      let size = 0;
      for (const run of chunksOf(ids, SNAPSHOTS_AT_ONCE)) {
        await outgoing.room();
        if (!this.#socket.connected) return answers;
        const { grant } = this.#socket.data;
        const own = asksWhose(grant, 'read');
        const allowed = run.filter((id) => own || authorize.get(grant, id));
        const found = await broker.reader.snapshots(
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

  /** One page at a time, and no more of them than fit into one frame. */
  async list([first]: readonly ListQuery[]): Promise<readonly ListPage[]> {
    const { grant } = this.#socket.data;
    const whose = whoseTasks(grant, authorize.list);
    if (whose === 'none') throw forbidden('read the history of all tasks (needs admin:read)');
    if (first === undefined) return [];
    if (whose === 'all') this.#parts.audit.acted('list', []);
    return this.#parts.requests.inTurn(async () => [await this.#page(first, whose)]);
  }

  /** With fewer rows, where those that were asked for are too large together. */
  async #page(query: ListQuery, whose: Whose): Promise<ListPage> {
    const page = await this.#parts.broker.monitor.list(query, whose);
    const size = frameSize([page]);
    const { frameLimit } = this.#socket.data;
    if (size <= frameLimit || page.rows.length <= 1) return page;
    const rows = Math.max(1, Math.floor((page.rows.length * frameLimit) / size) - 1);
    return this.#page({ ...query, rows }, whose);
  }
}
