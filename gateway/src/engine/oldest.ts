/** Keeps the earliest moment of each queue. */
export function noteOldest(oldest: Map<string, number>, queue: string, at: number): void {
  const known = oldest.get(queue);
  if (known === undefined || at < known) oldest.set(queue, at);
}
