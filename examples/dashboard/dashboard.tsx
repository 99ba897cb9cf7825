import { Celeriac } from '@celeriac/client';
import { CeleriacProvider, useConnection, useTask } from '@celeriac/client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type * as tasks from './tasks.ts';

const url: string = import.meta.env.VITE_CELERIAC_URL ?? 'http://127.0.0.1:7600';
const app = new Celeriac<typeof tasks>({ url });

function Dashboard() {
  const { state, reason } = useConnection();
  return (
    <main>
      <h1>Films</h1>
      <p role="status">
        {state} {reason?.message}
      </p>
      {['metropolis', 'nosferatu', 'sunrise'].map((film) => (
        <Film key={film} film={film} />
      ))}
    </main>
  );
}

function Film({ film }: { readonly film: string }) {
  const { call, handle, view, pending } = useTask(app.tasks.encode);
  const { done, of } = progressOf(view?.info);
  return (
    <section aria-label={film}>
      <h2>{film}</h2>
      <button type="button" disabled={pending} onClick={() => call(film)}>
        Encode
      </button>
      <button type="button" disabled={!pending} onClick={() => void handle?.revoke()}>
        Cancel
      </button>
      <progress aria-label={`Progress of ${film}`} value={view?.state === 'SUCCESS' ? of : done} max={of} />
      <output>
        {view?.state} {view?.trouble?.message} {view?.kind === 'success' && view.result}
      </output>
    </section>
  );
}

/** The meta of a custom state can be any value, so check it. */
function progressOf(info: unknown): { readonly done: number; readonly of: number } {
  const nothing = { done: 0, of: 10 };
  if (typeof info !== 'object' || info === null || !('done' in info) || !('of' in info)) return nothing;
  const { done, of } = info;
  return typeof done === 'number' && typeof of === 'number' ? { done, of } : nothing;
}

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <CeleriacProvider app={app}>
        <Dashboard />
      </CeleriacProvider>
    </StrictMode>,
  );
}
