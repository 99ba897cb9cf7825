import { RefusedError } from '@celeriac/client';
import { useConnection } from '@celeriac/client/react';
import { type FormEvent, useId, useState } from 'react';
import { keepToken } from './token.ts';
import './token.css';

/** Asks for a token where the gateway has keys and does not know who is here. */
export function TokenForm() {
  const { reason } = useConnection();
  const [token, setToken] = useState('');
  const tokenId = useId();
  if (!(reason instanceof RefusedError) || reason.code !== 'UNAUTHENTICATED') return null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    keepToken(token.trim());
    location.reload();
  };
  return (
    <form className="panel token-form" onSubmit={submit}>
      <label htmlFor={tokenId}>This gateway lets in who has a token (celeriac token makes one):</label>
      <input
        id={tokenId}
        type="password"
        autoComplete="off"
        required
        value={token}
        onChange={(event) => setToken(event.target.value)}
      />
      <button type="submit" className="call-button">
        Connect
      </button>
    </form>
  );
}
