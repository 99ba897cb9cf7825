import { CallList } from './call/call-list.tsx';
import { useCalls } from './call/use-calls.ts';
import { ConnectionBadge } from './connection/connection-badge.tsx';
import { Logo } from './logo.tsx';
import { Playground } from './playground/playground.tsx';
import { ThemeChoice } from './theme/theme-choice.tsx';

export function Page() {
  const { calls, add, clear } = useCalls();
  return (
    <div className="page">
      <header className="masthead">
        <Logo />
        <div className="masthead-words">
          <h1>Celeriac</h1>
          <p>Call a task. Watch it move.</p>
        </div>
        <ConnectionBadge />
        <ThemeChoice />
      </header>
      <main className="columns">
        <Playground onCall={add} />
        <CallList calls={calls} onClear={clear} />
      </main>
    </div>
  );
}
