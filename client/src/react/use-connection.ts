import type { ConnectionStatus } from '../connection/dialer.ts';
import { type AnyApp, requireApp, useAppIfAny } from './app-context.ts';
import { useStore } from './use-store.ts';

const UNOPENED: ConnectionStatus = { state: 'idle', reason: null };

/**
 * The state of the app's connection to its gateway, and the reason.
 * @param app default the provider's
 * @throws UsageError without an app
 * @example const { state, reason } = useConnection();
 */
export function useConnection(app?: Pick<AnyApp, 'connection'>): ConnectionStatus {
  const provided = useAppIfAny(undefined);
  const { connection } = app ?? requireApp(provided, 'useConnection()');
  return useStore(connection, () => UNOPENED);
}
