/**
 * Which tasks may not run together: those of one name and one concurrency key share a gate, through which only so many
 * go at a time. The others are `blocked` until one has left.
 */
import type { StoredTask, TaskPhase } from './record.ts';

export interface KeyGate {
  /** One text for each name and key. */
  readonly text: string;
  readonly limit: number;
}

/**
 * A call that was accepted before anybody said that its task needs a key has none: all such share a gate. That holds
 * more back than it must, and never lets through what it must not.
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

/** Counts against its gate's limit: it runs, or nothing of its gate stands between it and a worker. */
export function isUnblocked(phase: TaskPhase): boolean {
  return phase === 'ready' || phase === 'leased' || phase === 'running';
}
