/**
 * Ready tasks wait in lanes: one per queue and task name, and a second one for those that must run alone.
 * A worker is asked to look only into lanes that it serves, so tasks that nobody can run slow nobody down.
 */
export interface Lane {
  readonly queue: string;
  readonly name: string;
  readonly solo: boolean;
}

export function laneKey(lane: Lane): string {
  return `${lane.solo ? 1 : 0}\u0000${lane.queue}\u0000${lane.name}`;
}

export function laneOf(record: {
  readonly name: string;
  readonly solo: boolean;
  readonly options: { readonly queue: string };
}): Lane {
  return { queue: record.options.queue, name: record.name, solo: record.solo };
}
