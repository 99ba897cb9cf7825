/** What a visitor has typed, as a call by a task's name: its arguments, and the code that makes it. */
import { type ChosenOptions, literalOf, optionsOf } from '../options/options.ts';

export interface Composition {
  readonly task: string;
  /** One text per argument, in order; those at the end that are empty are left out. */
  readonly args: readonly string[];
  readonly options: ChosenOptions;
}

/** As the command does: JSON where it parses as JSON, else the text itself. */
export function readArgument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function argumentsOf({ args }: Composition): readonly unknown[] {
  return args.slice(0, args.findLastIndex((text) => text !== '') + 1).map(readArgument);
}

/** The line that makes the call, by its name and without types. */
export function lineOfCall(composition: Composition): string {
  const args = argumentsOf(composition).map(literalOf).join(', ');
  const options = optionsOf(composition.options);
  const more = Object.keys(options).length === 0 ? '' : `, ${literalOf(options)}`;
  return `const res = app.sendTask(${literalOf(composition.task)}, [${args}]${more});`;
}

/** `add(2, 3)` */
export function labelOf(composition: Composition): string {
  return `${composition.task}(${argumentsOf(composition).map(literalOf).join(', ')})`;
}
