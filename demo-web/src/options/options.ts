/** What a visitor has chosen for a call beside its arguments; an empty text leaves it to the task. */
export interface ChosenOptions {
  readonly queue: string;
  readonly countdown: string;
  readonly priority: string;
  /** Of the submit, while it is refused: a task that fails has retries of its own. */
  readonly retries: string;
}

export const NO_OPTIONS: ChosenOptions = { queue: '', countdown: '', priority: '', retries: '' };

/** As `applyAsync` takes them. */
export interface CallSettings {
  readonly queue?: string;
  readonly countdown?: number;
  readonly priority?: number;
  readonly retryPolicy?: { readonly maxRetries: number };
}

export function optionsOf({ queue, countdown, priority, retries }: ChosenOptions): CallSettings {
  return {
    ...(queue === '' ? {} : { queue }),
    ...(countdown === '' ? {} : { countdown: Number(countdown) }),
    ...(priority === '' ? {} : { priority: Number(priority) }),
    ...(retries === '' ? {} : { retryPolicy: { maxRetries: Number(retries) } }),
  };
}

/** What stands around the arguments: `.delay(` and `)`, or `.applyAsync([` and `], { priority: 9 })`. */
export interface Calling {
  readonly open: string;
  readonly close: string;
}

export function callingWith(options: CallSettings): Calling {
  if (Object.keys(options).length === 0) return { open: '.delay(', close: ')' };
  return { open: '.applyAsync([', close: `], ${literalOf(options)})` };
}

/** A value as a reader would write it. */
export function literalOf(value: unknown): string {
  if (typeof value === 'string') return `'${value.replaceAll(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`;
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return `{ ${Object.entries(value)
      .map(([name, inner]) => `${/^\w+$/.test(name) ? name : literalOf(name)}: ${literalOf(inner)}`)
      .join(', ')} }`;
  return JSON.stringify(value) ?? 'undefined';
}
