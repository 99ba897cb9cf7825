import { StateMark } from '../call/state-mark.tsx';

const STATES = ['PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED'] as const;

/** What is looked for; an empty word is anything. */
export interface TaskFilterChoice {
  readonly state: '' | (typeof STATES)[number];
  readonly queue: string;
  readonly worker: string;
  readonly name: string;
  readonly text: string;
}

interface TaskFiltersProps {
  readonly choice: TaskFilterChoice;
  readonly queues: readonly string[];
  readonly workers: readonly string[];
  readonly names: readonly string[];
  readonly change: (choice: TaskFilterChoice) => void;
}

const LONGEST_TEXT = 255;

export function TaskFilters({ choice, queues, workers, names, change }: TaskFiltersProps) {
  return (
    <search className="filters">
      <fieldset className="state-filter">
        <legend className="unseen">State</legend>
        {(['', ...STATES] as const).map((state) => (
          <label key={state} data-state={state}>
            <input
              type="radio"
              name="state"
              className="unseen"
              checked={choice.state === state}
              onChange={() => change({ ...choice, state })}
            />
            <span>
              {state !== '' && <StateMark state={state} />}
              {state === '' ? 'all' : state}
            </span>
          </label>
        ))}
      </fieldset>
      <Choice word="task" value={choice.name} of={names} change={(name) => change({ ...choice, name })} />
      <Choice
        word="queue"
        value={choice.queue}
        of={queues}
        change={(queue) => change({ ...choice, queue })}
      />
      <Choice
        word="worker"
        value={choice.worker}
        of={workers}
        change={(worker) => change({ ...choice, worker })}
      />
      <input
        type="search"
        className="text-filter"
        placeholder="id, name or argument"
        aria-label="Text in the id, the name or the arguments"
        maxLength={LONGEST_TEXT}
        value={choice.text}
        onChange={(event) => change({ ...choice, text: event.target.value })}
      />
    </search>
  );
}

interface ChoiceProps {
  readonly word: string;
  readonly value: string;
  readonly of: readonly string[];
  readonly change: (value: string) => void;
}

function Choice({ word, value, of, change }: ChoiceProps) {
  // A chosen value stays in the list even when it is gone.
  const known = value === '' || of.includes(value) ? of : [...of, value];
  return (
    <select aria-label={word} value={value} onChange={(event) => change(event.target.value)}>
      <option value="">any {word}</option>
      {known.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
