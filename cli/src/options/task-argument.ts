import { OptionError } from '@celeriac/protocol';

/**
 * An argument of `call`: JSON where it parses as JSON, else the text itself.
 * @throws OptionError for a number that would become another one
 */
export function readTaskArgument(text: string): unknown {
  try {
    return JSON.parse(text, keepNumber);
  } catch (error) {
    if (error instanceof OptionError) throw error;
    return text;
  }
}

/** TypeScript does not know yet that a reviver is given the number's own text. */
function keepNumber(
  _name: string,
  value: unknown,
  ...[context]: readonly { readonly source?: string }[]
): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || isKept(value, source)) return value;
  throw new OptionError(
    'args',
    `expected a number that JavaScript can represent, got: ${source}, which would become ${value}; for a text write '"${source}"'`,
  );
}

/** Fractions are rounded as everywhere. What is lost is more: whole digits, or all of it. */
function isKept(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false;
  if (value === 0) return !/[1-9]/.test(mantissaOf(source));
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return true;
  const same = /^-?\d+$/.test(source) && BigInt(source) === BigInt(value);
  return same || decimalOf(String(value)) === decimalOf(source);
}

/** One text for each number: its digits without zeros around them, and where the point stands. */
function decimalOf(text: string): string {
  const unsigned = text.replace(/^-/, '');
  const mantissa = mantissaOf(unsigned);
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const exponent = Number(unsigned.slice(mantissa.length + 1) || 0) - fraction.length;
  const short = digits.replace(/0+$/, '');
  return `${short}e${exponent + digits.length - short.length}`;
}

function mantissaOf(text: string): string {
  return text.replace(/e.*/i, '');
}
