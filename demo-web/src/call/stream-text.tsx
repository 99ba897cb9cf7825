import type { AsyncResult } from '@celeriac/client';
import { useChunks } from './use-chunks.ts';

/** What a task says while it runs. Task data is text. */
export function StreamText({ result }: { readonly result: AsyncResult }) {
  const { text, trouble } = useChunks(result);
  return (
    <p className="stream" role="log" aria-label="Streamed output">
      {text}
      {trouble !== null && <span className="quiet">{trouble}</span>}
    </p>
  );
}
