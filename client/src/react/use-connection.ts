import type { ConnectionStatus } from '../connection/dialer.ts';
import { type AnyApp, requireApp, useAppIfAny } from './app-context.ts';
import { useStore } from './use-store.ts';

const UNOPENED: ConnectionStatus = { state: 'idle', reason: null };

/**
 * How the app's line to its gateway is, and why.
 * @param app default the provider's
 * @throws UsageError without either
 * @example const { state, reason } = useConnection();
 */
export function useConnection(app?: Pick<AnyApp, 'connection'>): ConnectionStatus {
  const provided = useAppIfAny(undefined);
  const { connection } = app ?? requireApp(provided, 'useConnection()');
  return useStore(connection, () => UNOPENED);
}
