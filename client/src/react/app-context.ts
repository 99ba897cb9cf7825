import { UsageError } from '@celeriac/protocol';
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useSyncExternalStore,
} from 'react';
import type { Celeriac } from '../celeriac.ts';
import type { Store } from '../store.ts';

/** What the hooks need of an app, whatever tasks it knows. */
export type AnyApp = Pick<Celeriac, 'AsyncResult' | 'connection' | 'monitor'>;

const AppContext = createContext<AnyApp | null>(null);

/** What `<CeleriacProvider>` takes. */
export interface CeleriacProviderProps {
  /** The app of the hooks below. */
  readonly app: AnyApp;
  /** The components that use it. */
  readonly children?: ReactNode;
}

/**
 * The app for all hooks below it that do not get one as an argument.
 * @example <CeleriacProvider app={app}><Page /></CeleriacProvider>
 */
export function CeleriacProvider({ app, children }: CeleriacProviderProps): ReactElement {
  return createElement(AppContext.Provider, { value: app }, children);
}

/** @returns the given one, else the provider's, else `null` */
export function useAppIfAny(given: AnyApp | undefined): AnyApp | null {
  const provided = useContext(AppContext);
  return given ?? provided;
}

/** @throws UsageError where neither is there */
export function requireApp(app: AnyApp | null, hook: string): AnyApp {
  if (app !== null) return app;
  throw new UsageError(`${hook} found no app: pass it one, or render it inside <CeleriacProvider app={app}>`);
}

/** @param atFirst what a server draws, and a page that takes over what it drew; default the present value */
export function useStore<Value>(store: Store<Value>, atFirst: () => Value = store.get): Value {
  return useSyncExternalStore(store.subscribe, store.get, atFirst);
}
