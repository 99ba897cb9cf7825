import type { DefinitionRow } from '@celeriac/client';
import { useDefinitions } from '@celeriac/client/react';
import { type FormEvent, useId, useState } from 'react';
import { app } from '../app.ts';
import { type OnCall, oneCall } from '../call/call.ts';
import { programOf } from '../code/preset.ts';
import { ProgramText } from '../code/program.tsx';
import { FoldedOptions, TextField } from '../options/option-fields.tsx';
import { NO_OPTIONS, optionsOf } from '../options/options.ts';
import { argumentsOf, type Composition, labelOf, lineOfCall } from './composition.ts';
import './compose.css';

const REST = [
  "res.on('state', ({ state, history }) => draw(state, history));",
  'console.log(await res.get());',
];
const EMPTY: Composition = { task: '', args: [], options: NO_OPTIONS };
/** Fields of a task that takes any number of arguments. */
const ANY_NUMBER = 3;

/** A form for whatever task a worker advertises, with the options of the call. */
export function ComposeCard({ onCall }: { readonly onCall: OnCall }) {
  const titleId = useId();
  const { rows, live, trouble } = useDefinitions();
  const [composition, setComposition] = useState(EMPTY);
  const [problem, setProblem] = useState<string | null>(null);
  const change = (part: Partial<Composition>): void => setComposition({ ...composition, ...part });
  const definition = rows.find(({ name }) => name === composition.task) ?? rows[0];
  const present = { ...composition, task: definition?.name ?? '' };
  const code = programOf(lineOfCall(present), { rest: REST });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setProblem(null);
    try {
      const result = app.sendTask(present.task, argumentsOf(present), optionsOf(present.options));
      onCall(oneCall(labelOf(present), result, code, 'maybe'));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form className="task compose" aria-labelledby={titleId} onSubmit={submit}>
      <div className="task-head">
        <h3 id={titleId}>any task</h3>
        <p>Any task that a worker offers.</p>
        <button type="submit" className="call-button" disabled={definition === undefined}>
          Call<span className="unseen"> any task</span>
        </button>
      </div>
      <div className="task-code">
        <div className="fields">
          <label className="compose-task">
            task
            <select
              aria-label="task"
              value={present.task}
              onChange={(event) => change({ task: event.target.value, args: [] })}
            >
              {rows.length === 0 && (
                <option value="">{trouble?.message ?? (live ? 'no worker yet' : '…')}</option>
              )}
              {rows.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
          {parametersOf(definition).map((name, place) => (
            <TextField
              key={name}
              word={name}
              value={composition.args[place] ?? ''}
              change={(text) => change({ args: withText(composition.args, place, text) })}
            />
          ))}
        </div>
        <div className="task-folds">
          <FoldedOptions
            of="any task"
            options={composition.options}
            change={(options) => change({ options })}
          />
          <ProgramText text={code} of="any task" />
        </div>
        <p className="option-problem" role="alert">
          {problem}
        </p>
      </div>
    </form>
  );
}

/** Their names where the worker has told them, else as many as it takes. */
function parametersOf(definition: DefinitionRow | undefined): readonly string[] {
  if (definition === undefined) return [];
  const { params, arity } = definition;
  if (params !== null) return params;
  return Array.from(
    { length: arity?.max ?? Math.max(ANY_NUMBER, arity?.min ?? 0) },
    (_, n) => `argument ${n + 1}`,
  );
}

function withText(texts: readonly string[], place: number, text: string): readonly string[] {
  const longer = Array.from({ length: Math.max(texts.length, place + 1) }, (_, at) => texts[at] ?? '');
  return longer.with(place, text);
}
