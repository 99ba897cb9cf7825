import { useQueues } from '@celeriac/client/react';
import { useId } from 'react';
import type { ChosenOptions } from './options.ts';
import './options.css';

interface OptionsProps extends OptionFieldsProps {
  /** Whose options, for those who only hear it. */
  readonly of: string;
}

/** Folded until they are wanted. */
export function FoldedOptions({ of, ...fields }: OptionsProps) {
  return (
    <details className="program">
      <summary>
        Options<span className="unseen"> of {of}</span>
      </summary>
      <OptionFields {...fields} />
    </details>
  );
}

interface OptionFieldsProps {
  readonly options: ChosenOptions;
  readonly change: (options: ChosenOptions) => void;
}

/** Where, when and how urgently, and how often the call is sent while it is refused. */
function OptionFields({ options, change }: OptionFieldsProps) {
  const queues = useQueues();
  const queueList = useId();
  const { queue, countdown, priority, retries } = options;
  return (
    <div className="fields option-fields">
      <TextField
        word="queue"
        value={queue}
        list={queueList}
        change={(text) => change({ ...options, queue: text })}
      />
      <datalist id={queueList}>
        {queues.rows.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <TextField
        word="countdown, s"
        value={countdown}
        range={{ min: 0, max: 86_400, step: 0.1 }}
        change={(text) => change({ ...options, countdown: text })}
      />
      <TextField
        word="priority"
        value={priority}
        range={{ min: 0, max: 9, step: 1 }}
        change={(text) => change({ ...options, priority: text })}
      />
      <TextField
        word="send retries"
        value={retries}
        range={{ min: 0, max: 99, step: 1 }}
        change={(text) => change({ ...options, retries: text })}
      />
    </div>
  );
}

interface TextFieldProps {
  readonly word: string;
  readonly value: string;
  /** A number within this, where it is one. */
  readonly range?: { readonly min: number; readonly max: number; readonly step: number };
  /** The id of a list of suggestions. */
  readonly list?: string;
  readonly change: (value: string) => void;
}

export function TextField({ word, value, range, list, change }: TextFieldProps) {
  return (
    <label>
      {word}
      <input
        type={range === undefined ? 'text' : 'number'}
        {...range}
        list={list}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => change(event.target.value)}
      />
    </label>
  );
}
