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
