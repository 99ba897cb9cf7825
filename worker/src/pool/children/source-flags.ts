/** Whether this runs from the sources, as our own tests do, and not from what is built. */
export const isSource: boolean = import.meta.url.endsWith('.ts');

const SOURCE_CONDITION = '--conditions=celeriac-source';

/** What a child must be told in order to find the sources of the other packages, as its worker has. */
export function sourceFlags(): readonly string[] {
  return isSource && !process.execArgv.includes(SOURCE_CONDITION) ? [SOURCE_CONDITION] : [];
}
