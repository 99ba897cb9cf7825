import type { View } from './use-view.ts';
import './view-tabs.css';

const TABS = [
  { name: 'playground', address: '#/', word: 'Playground' },
  { name: 'monitor', address: '#/monitor', word: 'Monitor' },
  { name: 'break', address: '#/break', word: 'Break it' },
] as const;

export function ViewTabs({ view }: { readonly view: View }) {
  const present = view.name === 'task' ? 'monitor' : view.name;
  return (
    <nav className="view-tabs" aria-label="Views">
      {TABS.map(({ name, address, word }) => (
        <a key={name} href={address} aria-current={name === present ? 'page' : undefined}>
          {word}
        </a>
      ))}
    </nav>
  );
}
