import { useSyncExternalStore } from 'react';

/** Which part of the page is shown: what stands behind the `#` of its address. */
export type View =
  | { readonly name: 'playground' | 'monitor' | 'break' }
  | { readonly name: 'task'; readonly id: string };

const TASK = /^#\/tasks\/(.+)$/;

export function readView(hash: string): View {
  const id = TASK.exec(hash)?.[1];
  if (id !== undefined) return { name: 'task', id: decoded(id) };
  if (hash === '#/monitor') return { name: 'monitor' };
  return { name: hash === '#/break' ? 'break' : 'playground' };
}

/** The address of a task's own page. */
export function taskAddress(id: string): string {
  return `#/tasks/${encodeURIComponent(id)}`;
}

export function useView(): View {
  return readView(useSyncExternalStore(subscribe, () => location.hash));
}

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
