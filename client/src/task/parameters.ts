/** What a function's source shows of its parameters. A look, not a parser: what it cannot read it leaves open. */

export interface Parameters {
  /** `null` where one has no plain name. */
  readonly names: readonly string[] | null;
  readonly hasDefault: boolean;
  readonly hasRest: boolean;
}

const NOTHING: Parameters = { names: null, hasDefault: false, hasRest: false };
const BARE_ARROW = /^(?:async\b\s*)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u;
const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
const OPENING = '([{';
const CLOSING = ')]}';

export function readParameters(source: string): Parameters {
  const [, bare] = BARE_ARROW.exec(source) ?? [];
  if (bare !== undefined) return { names: [bare], hasDefault: false, hasRest: false };
  const list = parameterList(source);
  if (list === undefined) return NOTHING;
  const names = list.map(({ text }) => text.trim());
  return {
    names: names.every((name) => NAME.test(name.replace(/^\.\.\.\s*/, ''))) ? names : null,
    hasDefault: list.some(({ hasDefault }) => hasDefault),
    hasRest: names.some((name) => name.startsWith('...')),
  };
}

interface Parameter {
  /** Without comments and default. */
  readonly text: string;
  readonly hasDefault: boolean;
}

/** Walks from the first parenthesis to its partner, cutting at the commas between. */
function parameterList(source: string): readonly Parameter[] | undefined {
  const parameters: Parameter[] = [];
  let depth = 0;
  let text = '';
  let hasDefault = false;
  const end = (): void => {
    if (text.trim() !== '') parameters.push({ text, hasDefault });
    text = '';
    hasDefault = false;
  };
  for (let at = 0; at < source.length; at++) {
    const skipped = endOfQuote(source, at);
    if (skipped > at) {
      at = skipped - 1;
      continue;
    }
    const letter = source.charAt(at);
    if (CLOSING.includes(letter)) depth -= 1;
    if (depth === 0 && letter === ')') {
      end();
      return parameters;
    }
    if (depth === 1 && letter === ',') end();
    else if (depth === 1 && letter === '=') hasDefault = true;
    else if (depth > 0 && !hasDefault) text += letter;
    if (OPENING.includes(letter) && (depth > 0 || letter === '(')) depth += 1;
  }
  return undefined;
}

/** @returns where the comment or string that begins here ends, or `at` when none does */
function endOfQuote(source: string, at: number): number {
  if (source.startsWith('//', at)) return after(source, '\n', at + 2);
  if (source.startsWith('/*', at)) return after(source, '*/', at + 2);
  const quote = source.charAt(at);
  if (!`'"\``.includes(quote)) return at;
  for (let inside = at + 1; inside < source.length; inside++) {
    if (source.charAt(inside) === '\\') inside += 1;
    else if (source.charAt(inside) === quote) return inside + 1;
  }
  return source.length;
}

function after(source: string, mark: string, from: number): number {
  const found = source.indexOf(mark, from);
  return found === -1 ? source.length : found + mark.length;
}
