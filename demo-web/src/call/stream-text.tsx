import type { AsyncResult } from '@celeriac/client';
import { useEffect, useState } from 'react';

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

/** What is drawn of one stream; the rest is counted. */
const LONGEST_TEXT = 20_000;

interface Chunks {
  readonly text: string;
  /** Why it stopped before its end; the task's own end is told elsewhere. */
  readonly trouble: string | null;
}

const NONE: Chunks = { text: '', trouble: null };

/** The chunks of a task as text, from its first one on. A task that starts over starts a new text. */
function useChunks(result: AsyncResult): Chunks {
  const [chunks, setChunks] = useState(NONE);
  useEffect(() => {
    const gone = new AbortController();
    setChunks(NONE);
    const read = async (): Promise<void> => {
      const stream = result.stream({
        signal: gone.signal,
        onRestart: () => setChunks(NONE),
        onGap: ({ missed }) => setChunks(append(`[${missed} chunks are no longer kept] `)),
      });
      for await (const chunk of stream) setChunks(append(textOf(chunk)));
    };
    read().catch((error: unknown) => {
      if (gone.signal.aborted || result.ready()) return;
      setChunks(({ text }) => ({ text, trouble: error instanceof Error ? error.message : String(error) }));
    });
    return () => gone.abort();
  }, [result]);
  return chunks;
}

function append(more: string): (before: Chunks) => Chunks {
  return ({ text, trouble }) => ({ text: `${text}${more}`.slice(-LONGEST_TEXT), trouble });
}

function textOf(chunk: unknown): string {
  return typeof chunk === 'string' ? chunk : `${JSON.stringify(chunk) ?? 'undefined'}\n`;
}
