/**
 * Chunks that the gateway has not acknowledged, by attempt. They are kept beyond the body's end, and sent again after a
 * reconnect, until there is room for them or the attempt's outcome is recorded. How many there can be is bounded where
 * the body gives them (chunk-window.ts).
 */
import type { ChunkAck, ChunksItem, WirePayload } from '@celeriac/protocol/internal';
import type { Turn } from './turn.ts';

interface Line {
  /** Index of the oldest that is kept. */
  first: number;
  payloads: WirePayload[];
  /** The attempt is another's: nothing of it is wanted. */
  refused: boolean;
}

export class Chunks {
  readonly #turn: Pick<Turn, 'chunk'>;
  readonly #lines = new Map<string, Line>();

  constructor(turn: Pick<Turn, 'chunk'>) {
    this.#turn = turn;
  }

  add(nonce: string, chunk: WirePayload): void {
    const line = this.#lines.get(nonce) ?? this.#begin(nonce);
    if (line.refused) return;
    line.payloads.push(chunk);
    this.#turn.chunk(nonce, line.first + line.payloads.length - 1, chunk);
  }

  /** How many chunks an attempt has given. */
  count(nonce: string): number {
    const line = this.#lines.get(nonce);
    return line === undefined ? 0 : line.first + line.payloads.length;
  }

  room(items: readonly ChunkAck[]): void {
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

  /** The attempt is over. */
  drop(nonce: string): void {
    this.#lines.delete(nonce);
  }

  #begin(nonce: string): Line {
    const line: Line = { first: 0, payloads: [], refused: false };
    this.#lines.set(nonce, line);
    return line;
  }
}
