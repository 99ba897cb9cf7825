import type { AsyncResult } from '@celeriac/client';
import { useChunks } from './use-chunks.ts';

interface StreamTextProps {
  readonly result: AsyncResult;
  readonly hideEmpty: boolean;
}

/** What a task says while it runs. Task data is text. */
export function StreamText({ result, hideEmpty }: StreamTextProps) {
  const { text, trouble } = useChunks(result);
  if (hideEmpty && text === '' && trouble === null) return null;
  return (
    <p className="stream" role="log" aria-label="Streamed output">
      {text}
      {trouble !== null && <span className="quiet">{trouble}</span>}
    </p>
  );
}
