import { RefusedError } from '@celeriac/client';
import { useConnection } from '@celeriac/client/react';
import { type FormEvent, useId, useState } from 'react';
import { keepToken, tokenOfTab } from './token.ts';
import './token.css';

/** What another token may mend. */
const WANTED: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'TOKEN_EXPIRED', 'TOKEN_REVOKED']);

/** Asks for a token where the gateway has keys and does not know who is here; says what is wrong with the last one. */
export function TokenForm() {
  const { reason } = useConnection();
  const [token, setToken] = useState('');
  const id = useId();
  if (!(reason instanceof RefusedError) || !WANTED.has(reason.code)) return null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    keepToken(token.trim());
    location.reload();
  };
  return (
    <form className="panel token-form" aria-label="Your token" onSubmit={submit}>
      <p id={`${id}-why`}>
        This gateway has keys. <code>celeriac token</code> makes a token with one of them; it stays in this
        tab.
      </p>
      <label htmlFor={id}>Token</label>
      <input
        id={id}
        type="password"
        autoComplete="off"
        required
        aria-describedby={`${id}-why`}
        value={token}
        onChange={(event) => setToken(event.target.value)}
      />
      <button type="submit" className="call-button">
        Connect
      </button>
      <p className="token-trouble" role="alert">
        {tokenOfTab() === null ? null : reason.message}
      </p>
    </form>
  );
}
