/**
 * Celeriac keeps the nonce of a lease to itself; a history is judged by it. So the frames of this process's worker are
 * read as they come in: each body finds its nonce in its headers, and verdicts on reports are written down.
 */
import { WebSocket } from 'ws';
import type { HistoryRecorder } from '../../history/history-recorder.ts';

type Acks = readonly (readonly [nonce: string, verdict: 'applied' | 'duplicate' | 'stale' | 'unknown'])[];
type Assigned = readonly [
  nonce: string,
  id: string,
  ...rest: readonly unknown[],
  context: { headers?: string },
];

export const NONCE_FIELD = 'chaos-nonce';

/** From now on, for every WebSocket of this process. */
export function readLeases(recorder: HistoryRecorder): void {
  const ids = new Map<string, string>();
  const emit = WebSocket.prototype.emit;
  WebSocket.prototype.emit = function (
    this: WebSocket,
    event: string | symbol,
    ...given: unknown[]
  ): boolean {
    const [data] = given;
    if (event !== 'message' || !Buffer.isBuffer(data)) return emit.call(this, event, ...given);
    return emit.call(this, event, read(data), false);
  };

  function read(data: Buffer): Buffer {
    const text = data.toString();
    if (text.startsWith('["acks"')) {
      const [, acks] = JSON.parse(text) as [string, Acks];
      for (const [nonce, verdict] of acks) {
        const id = ids.get(nonce);
        if (id !== undefined) recorder.say({ kind: 'verdict', id, nonce, verdict });
        ids.delete(nonce);
      }
    }
    if (!text.startsWith('["assign"')) return data;
    const [, assignments] = JSON.parse(text) as [string, Assigned[]];
    for (const assignment of assignments) {
      const [nonce, id] = assignment;
      ids.set(nonce, id);
      const context = assignment.at(-1) as { headers?: string };
      context.headers = JSON.stringify({ ...JSON.parse(context.headers ?? '{}'), [NONCE_FIELD]: nonce });
    }
    return Buffer.from(JSON.stringify(['assign', assignments]));
  }
}
