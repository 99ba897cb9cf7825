import { useEffect, useState } from 'react';
import './program.css';

interface ProgramProps {
  readonly text: string;
  /** What it is the code of, for those who only hear it. */
  readonly of: string;
}

/** The lines behind a card, to be opened and copied. */
export function ProgramText({ text, of }: ProgramProps) {
  return (
    <details className="program">
      <summary>
        Code<span className="unseen"> of {of}</span>
      </summary>
      <div className="program-text">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to without a mouse */}
        <pre tabIndex={0}>
          <code>{text}</code>
        </pre>
        <CopyButton text={text} />
      </div>
    </details>
  );
}

const SHOWN_MS = 1_500;

function CopyButton({ text }: { readonly text: string }) {
  const [said, setSaid] = useState<'Copied' | 'Not copied' | null>(null);
  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => setSaid(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      setSaid('Not copied');
    }
  };
  return (
    <button type="button" className="copy" onClick={() => void copy()} title="Copy the code">
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={said === 'Copied' ? 'm3 8.5 3.2 3.2L13 5' : 'M6 5.5h7.5V14H6ZM3.5 10.5h-1V2H10v1'} />
      </svg>
      <span className="unseen" role="status">
        {said ?? 'Copy the code'}
      </span>
    </button>
  );
}
