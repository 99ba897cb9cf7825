import { type ConnectionState, type ConnectionStatus, RefusedError } from '@celeriac/client';
import { useConnection } from '@celeriac/client/react';
import { useSyncExternalStore } from 'react';
import './connection.css';

const WORDS: Readonly<Record<ConnectionState, string>> = {
  idle: 'not connected',
  connecting: 'connecting',
  open: 'connected',
  reconnecting: 'reconnecting',
  closed: 'closed',
};

/** How the line to the gateway is, and why, as the client tells it. */
export function ConnectionBadge() {
  const status = useConnection();
  const online = useOnline();
  const detail = detailOf(status, online);
  return (
    <div className="connection" data-connection={status.state} role="status">
      <span className="connection-mark" aria-hidden="true" />
      <span className="connection-word">{wordOf(status)}</span>
      <span className="connection-detail" title={detail}>
        {detail}
      </span>
    </div>
  );
}

/** A refused client also tries again, since a token may become valid; but that is not what to show. */
function wordOf({ state, reason }: ConnectionStatus): string {
  return state === 'reconnecting' && reason instanceof RefusedError ? 'refused' : WORDS[state];
}

function detailOf({ state, reason }: ConnectionStatus, online: boolean): string {
  if (!online && state !== 'open') return 'this browser is offline';
  // Its own address says nothing to a reader, and takes the place of what does.
  if (reason !== null) return reason.message.replaceAll(location.origin, 'the gateway');
  return state === 'idle' ? 'connects with the first call' : location.host;
}

/** Whether the browser says that it has a network at all. */
function useOnline(): boolean {
  return useSyncExternalStore(subscribe, () => navigator.onLine);
}

function subscribe(changed: () => void): () => void {
  addEventListener('online', changed);
  addEventListener('offline', changed);
  return () => {
    removeEventListener('online', changed);
    removeEventListener('offline', changed);
  };
}
