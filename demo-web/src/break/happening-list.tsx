import { useSyncExternalStore } from 'react';
import { happenings } from './happenings.ts';

const SIGNS = { did: '✕', away: '○', back: '●' } as const;
const WORDS = { did: 'You', away: 'Away', back: 'Back' } as const;

/** What was broken, and what the page noticed of it. */
export function HappeningList() {
  const list = useSyncExternalStore(happenings.subscribe, happenings.get);
  return (
    <section className="panel happenings" aria-labelledby="happenings-title">
      <h2 id="happenings-title">What happened</h2>
      <div role="log">
        {list.length === 0 ? (
          <p className="quiet">Nothing is broken yet.</p>
        ) : (
          <ol>
            {list.map(({ key, at, kind, text }) => (
              <li key={key} data-kind={kind}>
                <span aria-hidden="true">{SIGNS[kind]}</span>
                <time dateTime={at.toISOString()}>{at.toTimeString().slice(0, 8)}</time>
                <span className="happening-word">{WORDS[kind]}</span>
                <span>{text}</span>
              </li>
            ))}
          </ol>
        )}
      </div>
    </section>
  );
}
