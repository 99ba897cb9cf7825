import { type FormEvent, useId, useState } from 'react';
import type { OnCall } from '../call/call.ts';
import { lineOf, type Preset, programOf } from '../code/preset.ts';
import { ProgramText } from '../code/program.tsx';
import { FoldedOptions } from '../options/option-fields.tsx';
import { callingWith, NO_OPTIONS, optionsOf } from '../options/options.ts';

interface PresetCardProps {
  readonly preset: Preset;
  readonly onCall: OnCall;
}

/** One preset: what it does, and the line that calls it as its form. */
export function PresetCard({ preset, onCall }: PresetCardProps) {
  const { name, words, fields, line, call } = preset;
  const [values, setValues] = useState(() => fields.map(({ initial }) => String(initial)));
  const [chosen, setChosen] = useState(NO_OPTIONS);
  const [problem, setProblem] = useState<string | null>(null);
  const titleId = useId();
  const options = optionsOf(chosen);
  const pieces = line(callingWith(options));
  const program = programOf(lineOf(pieces, values), preset);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setProblem(null);
    try {
      onCall(call(program, options, ...values.map(Number)));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form className="task" aria-labelledby={titleId} onSubmit={submit}>
      <div className="task-head">
        <h3 id={titleId}>{name}</h3>
        <p>{words}</p>
        <button type="submit" className="call-button">
          Call<span className="unseen"> {name}</span>
        </button>
      </div>
      <div className="task-code">
        <pre className="task-line">
          {pieces.map((piece, place) => {
            const field = fields[place];
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a preset never move
              <code key={place}>
                {place === 0 ? shorten(piece) : piece}
                {field !== undefined && (
                  <NumberField
                    {...field}
                    value={values[place] ?? ''}
                    change={(value) => setValues((present) => present.with(place, value))}
                  />
                )}
              </code>
            );
          })}
        </pre>
        <div className="task-folds">
          <FoldedOptions of={name} options={chosen} change={setChosen} />
          <ProgramText text={program} of={name} />
        </div>
        <p className="option-problem" role="alert">
          {problem}
        </p>
      </div>
    </form>
  );
}

/** The form shows the call; what keeps its result is seen in the whole program. */
function shorten(piece: string): string {
  return piece.replace(/^const \w+ = /, '');
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: string;
  readonly min: number;
  readonly max: number;
  readonly change: (value: string) => void;
}

const NARROWEST = 2;

function NumberField({ label, value, min, max, change }: NumberFieldProps) {
  return (
    <input
      className="number"
      type="number"
      aria-label={label}
      title={label}
      required
      min={min}
      max={max}
      value={value}
      style={{ inlineSize: `${Math.max(NARROWEST, value.length) + 1}ch` }}
      onChange={(event) => change(event.target.value)}
    />
  );
}
