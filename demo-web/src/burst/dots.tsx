import './dots.css';

interface DotsProps {
  readonly states: readonly string[];
  /** Ids of their tasks, where they are told. */
  readonly ids?: readonly string[];
  /** What is seen, in words. */
  readonly label: string;
}

/** Many tasks as one picture: a dot each, whose shape and colour are its state. */
export function Dots({ states, ids, label }: DotsProps) {
  return (
    <div className="dots" role="img" aria-label={label}>
      {states.map((state, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a dot is its place
        <span key={place} className="dot" data-state={state} data-task={ids?.[place]} />
      ))}
    </div>
  );
}

/** How many are in which state, in the order in which the states first appear. */
export function countStates(states: readonly string[]): readonly (readonly [state: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts];
}

export function stateWords(states: readonly string[]): string {
  return countStates(states)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
}
