/**
 * Chunks that the gateway has not taken over, by attempt. They are kept beyond the body's end, and sent again after a
 * reconnect, until there is room for them or the attempt's outcome is recorded. How many there can be is bounded where
 * the body gives them (outflow.ts).
 */
import type { ChunksItem, RoomItem, WirePayload } from '@celeriac/protocol';

interface Line {
  /** Index of the oldest that is kept. */
  first: number;
  payloads: WirePayload[];
  /** The attempt is another's: nothing of it is wanted. */
  refused: boolean;
}

export class ChunkOutbox {
  readonly #lines = new Map<string, Line>();

  /** @returns its index, or `undefined` where nobody wants it */
  add(nonce: string, chunk: WirePayload): number | undefined {
    const line = this.#lines.get(nonce);
    if (line === undefined) {
      this.#lines.set(nonce, { first: 0, payloads: [chunk], refused: false });
      return 0;
    }
    if (line.refused) return undefined;
    return line.first + line.payloads.push(chunk) - 1;
  }

  /** How many chunks an attempt has given. */
  count(nonce: string): number {
    const line = this.#lines.get(nonce);
    return line === undefined ? 0 : line.first + line.payloads.length;
  }

  room(items: readonly RoomItem[]): void {
    for (const [nonce, upTo] of items) {
      const line = this.#lines.get(nonce);
      if (line === undefined) continue;
      const taken = upTo === null ? line.payloads.length : Math.min(upTo - line.first, line.payloads.length);
      if (upTo === null) line.refused = true;
      if (taken <= 0) continue;
      line.payloads = line.payloads.slice(taken);
      line.first += taken;
    }
  }

  /** For a new connection: all that is kept. An attempt without any only says how many it has given. */
  all(): readonly ChunksItem[] {
    return [...this.#lines]
      .filter(([, { refused }]) => !refused)
      .map(([nonce, { first, payloads }]) => [nonce, first, payloads]);
  }

  /** The attempts are over. */
  drop(nonces: readonly string[]): void {
    for (const nonce of nonces) this.#lines.delete(nonce);
  }
}
