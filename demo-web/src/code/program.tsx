import { CopyButton } from './copy-button.tsx';
import './program.css';

interface ProgramProps {
  readonly text: string;
  /** What it is the code of, for those who only hear it. */
  readonly of: string;
}

/** The lines behind a card, to be opened and copied. */
export function Program({ text, of }: ProgramProps) {
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
