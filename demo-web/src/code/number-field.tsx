interface NumberFieldProps {
  readonly label: string;
  readonly value: string;
  readonly min: number;
  readonly max: number;
  readonly change: (value: string) => void;
}

const NARROWEST = 2;

export function NumberField({ label, value, min, max, change }: NumberFieldProps) {
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
