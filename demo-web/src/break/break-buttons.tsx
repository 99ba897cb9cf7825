import { useState } from 'react';
import { tell } from './happenings.ts';

const BUTTONS = [
  {
    what: 'worker',
    word: 'Kill the worker',
    did: 'killed the worker (SIGKILL)',
    after: 'Its tasks are given back within six seconds, and the next worker runs them again.',
  },
  {
    what: 'gateway',
    word: 'Kill the gateway',
    did: 'killed the gateway (SIGKILL)',
    after: 'It restarts and reads its disk. Meanwhile the worker continues, and calls wait in the page.',
  },
  {
    what: 'connection',
    word: 'Cut the connection',
    did: 'cut the connection of this page for 2 s',
    after: 'No connection is accepted for two seconds; then the page gets exactly what it missed.',
  },
] as const;

export function BreakButtons() {
  return (
    <ul className="break-buttons">
      {BUTTONS.map((button) => (
        <BreakButton key={button.what} {...button} />
      ))}
    </ul>
  );
}

interface BreakButtonProps {
  readonly what: Breakable;
  readonly word: string;
  readonly did: string;
  readonly after: string;
}

function BreakButton({ what, word, did, after }: BreakButtonProps) {
  const [trouble, setTrouble] = useState<string | null>(null);
  const press = async (): Promise<void> => {
    setTrouble(null);
    try {
      tell('did', did);
      await breakIt(what);
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <li>
      <button type="button" className="break-button" onClick={() => void press()}>
        {word}
      </button>
      <p className="quiet" role={trouble === null ? undefined : 'alert'}>
        {trouble === null ? after : `Not done: ${trouble}`}
      </p>
    </li>
  );
}

/** What the page asks of the server that it came from. */
type Breakable = 'worker' | 'gateway' | 'connection';

/** @throws Error with the server's reason, or the network's */
async function breakIt(what: Breakable): Promise<void> {
  const answer = await fetch(`break/${what}`, { method: 'POST', headers: { 'x-celeriac-page': '1' } });
  if (!answer.ok) throw new Error((await answer.text()).trim());
}
