/** Where a loop over a stream gets what it yields: a reader at a gateway, or a stream in this process. */
import type { WirePayload } from '@celeriac/protocol/internal';

export type StreamNews =
  | { readonly kind: 'chunk'; readonly index: number; readonly payload: WirePayload }
  | { readonly kind: 'gap'; readonly from: number; readonly missed: number }
  | { readonly kind: 'restart'; readonly attempt: number; readonly reason: string }
  /** The task has ended, and there is no more. */
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly error: Error };

export interface ChunkSource {
  /** The next news that is here. Taking a chunk makes room for another. */
  take(): StreamNews | undefined;
  /** Called whenever there may be something to take. */
  onNews(listener: () => void): void;
  /** Nothing more is wanted. Idempotent. */
  close(): void;
}
