/**
 * Which tasks may not run together: those of one name and one concurrency key share a gate, which lets only so many pass at a
 * time. The others are `blocked` until one of them ends.
 */
import type { StoredTask, TaskPhase } from './record.ts';

export interface KeyGate {
  /** One text for each name and key. */
  readonly text: string;
  readonly limit: number;
}

/**
 * A call accepted before it was known that its task needs a key has none: all such calls share a gate. That holds back more
 * than necessary, but never lets too many run.
 */
const KEYLESS = '';

export function gateOf({
  name,
  call,
  options,
}: Pick<StoredTask, 'name' | 'call' | 'options'>): KeyGate | null {
  const { keyLimit } = options;
  const key = call?.concurrencyKey;
  if (key === undefined && keyLimit === undefined) return null;
  return { text: gateText(name, key ?? KEYLESS), limit: keyLimit ?? 1 };
}

function gateText(name: string, key: string): string {
  return `${name.length}:${name}${key}`;
}

/** Counts against its gate's limit: it runs, or its gate no longer keeps it from a worker. */
export function isUnblocked(phase: TaskPhase): boolean {
  return phase === 'ready' || phase === 'leased' || phase === 'running';
}
