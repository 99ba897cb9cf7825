import type { WireSnapshot } from '@celeriac/protocol/internal';
import type { SnapshotReader } from '../../broker/snapshot-reader.ts';
import { authorize } from '../auth/authorize.ts';
import type { ClientSocket } from './client-socket.ts';
import type { WatchList } from './watch-list.ts';

interface Reread {
  readonly snapshots: readonly WireSnapshot[];
  /** Ended, and not to be read any more. */
  readonly hidden: readonly string[];
}

/** What a client that reads slowly has not been told, read anew by the rights that it then has. */
export class HeldBack {
  readonly #socket: ClientSocket;
  readonly #reader: SnapshotReader;
  /** Tasks whose end was held back, which nobody watches any more, and whether they were called over this connection. */
  readonly #ended = new Map<string, boolean>();

  constructor(socket: ClientSocket, reader: SnapshotReader) {
    this.#socket = socket;
    this.#reader = reader;
  }

  ended(id: string, own: boolean): void {
    this.#ended.set(id, own);
  }

  drop(id: string): void {
    this.#ended.delete(id);
  }

  clear(): void {
    this.#ended.clear();
  }

  /** Of what is watched still, or was until it ended. */
  async read(ids: readonly string[], watches: Pick<WatchList, 'has' | 'isOwn'>): Promise<Reread> {
    const own = new Set(ids.filter((id) => this.#ended.get(id) ?? watches.isOwn(id)));
    const ended = new Set(ids.filter((id) => this.#ended.delete(id)));
    const hidden = new Set<string>();
    const snapshots = await this.#reader.snapshots(
      ids.filter((id) => ended.has(id) || watches.has(id)).map((id) => [id, 0]),
      (id, caller) => {
        const may = own.has(id) || authorize.watch(this.#socket.data.grant, id, caller);
        if (!may) hidden.add(id);
        return may;
      },
      true,
    );
    return {
      snapshots: snapshots.filter(({ id }) => !hidden.has(id)),
      hidden: [...hidden].filter((id) => ended.has(id)),
    };
  }
}
