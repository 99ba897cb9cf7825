/** What a visitor has typed, as a call: its arguments, its options, and the code that makes it. */

export interface Composition {
  readonly task: string;
  /** One text per argument, in order; those at the end that are empty are left out. */
  readonly args: readonly string[];
  readonly queue: string;
  readonly countdown: string;
  readonly priority: string;
  readonly retries: string;
}

export interface CallOptions {
  readonly queue?: string;
  readonly countdown?: number;
  readonly priority?: number;
  readonly retryPolicy?: { readonly maxRetries: number };
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

export function optionsOf({ queue, countdown, priority, retries }: Composition): CallOptions {
  return {
    ...(queue === '' ? {} : { queue }),
    ...(countdown === '' ? {} : { countdown: Number(countdown) }),
    ...(priority === '' ? {} : { priority: Number(priority) }),
    ...(retries === '' ? {} : { retryPolicy: { maxRetries: Number(retries) } }),
  };
}

/** The line that makes the call, by its name and without types. */
export function lineOfCall(composition: Composition): string {
  const args = argumentsOf(composition).map(codeOf).join(', ');
  const options = Object.entries(optionsOf(composition)).map(([name, value]) => `${name}: ${codeOf(value)}`);
  const more = options.length === 0 ? '' : `, { ${options.join(', ')} }`;
  return `const res = app.sendTask(${codeOf(composition.task)}, [${args}]${more});`;
}

/** `add(2, 3)` */
export function labelOf(composition: Composition): string {
  return `${composition.task}(${argumentsOf(composition).map(codeOf).join(', ')})`;
}

function codeOf(value: unknown): string {
  if (typeof value === 'string') return `'${value.replaceAll(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`;
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return `{ ${Object.entries(value)
      .map(([name, inner]) => `${/^\w+$/.test(name) ? name : codeOf(name)}: ${codeOf(inner)}`)
      .join(', ')} }`;
  return JSON.stringify(value) ?? 'undefined';
}
