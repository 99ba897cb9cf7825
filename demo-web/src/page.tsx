import { CeleriacProvider } from '@celeriac/client/react';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { app } from './app.ts';
import { BreakIt } from './break/break-it.tsx';
import { type Calls, useCalls } from './call/use-calls.ts';
import { ConnectionBadge } from './connection/connection-badge.tsx';
import { Logo } from './logo.tsx';
import { Playground } from './playground/playground.tsx';
import { ThemeChoice } from './theme/theme-choice.tsx';
import { TokenForm } from './token/token-form.tsx';
import { useView, type View } from './view/use-view.ts';
import { ViewTabs } from './view/view-tabs.tsx';

// The playground loads neither charts nor tables.
const MonitorView = lazy(async () => ({ default: (await import('./monitor/monitor.tsx')).MonitorView }));
const TaskPage = lazy(async () => ({ default: (await import('./task/task-page.tsx')).TaskPage }));

const TITLES: Readonly<Record<View['name'], string>> = {
  playground: 'call a task and watch it',
  monitor: 'what runs, waits and has ended',
  break: 'break it, and count',
  task: 'one task',
};

export function Page() {
  const view = useView();
  const calls = useCalls();
  const main = useRef<HTMLElement>(null);
  const place = view.name === 'task' ? `task ${view.id}` : view.name;
  const before = useRef(place);
  useEffect(() => {
    document.title = `Celeriac: ${TITLES[view.name]}`;
    if (before.current === place) return;
    before.current = place;
    // What led here may be gone, and the focus with it: a reader goes on at the beginning of what there is now.
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [view.name, place]);
  return (
    <CeleriacProvider app={app}>
      <div className="page">
        <header className="masthead">
          <a className="masthead-home" href="#/">
            <Logo />
            <h1>Celeriac</h1>
          </a>
          <ViewTabs view={view} />
          <ConnectionBadge />
          <ThemeChoice />
        </header>
        <TokenForm />
        <main ref={main} tabIndex={-1}>
          <Suspense fallback={null}>
            <Shown view={view} calls={calls} />
          </Suspense>
        </main>
      </div>
    </CeleriacProvider>
  );
}

function Shown({ view, calls }: { readonly view: View; readonly calls: Calls }) {
  switch (view.name) {
    case 'break':
      return <BreakIt />;
    case 'monitor':
      return <MonitorView />;
    case 'task':
      return <TaskPage key={view.id} id={view.id} />;
    default:
      return <Playground {...calls} />;
  }
}
