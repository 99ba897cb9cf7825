/** What no call may ask for, wherever it is taken: by a gateway, or by the process that runs it without one. */
import type { CallOptions, LinkedCall, WireTaskOptions } from './definition.ts';

/**
 * The calls linked to a call, and those linked to them, of both kinds.
 * @param most how many are looked for
 */
export function linksWithin(call: CallOptions, most: number): readonly LinkedCall[] {
  const found: LinkedCall[] = [];
  const open: (CallOptions | null)[] = [call];
  for (let next = open.pop(); next !== undefined && found.length < most; next = open.pop()) {
    for (const links of [next?.link, next?.linkError]) {
      if (links === undefined) continue;
      found.push(...links);
      for (const { options } of links) if (options !== null) open.push(options);
    }
  }
  return found.slice(0, most);
}

/** @returns an id that two calls of one list have, or a call and one that is linked to it, at any depth */
export function repeatedId(id: string, call: CallOptions, above: readonly string[] = []): string | undefined {
  const line = [...above, id];
  for (const links of [call.link, call.linkError]) {
    if (links === undefined) continue;
    const ids = new Set(line);
    for (const link of links) {
      if (ids.has(link.id)) return link.id;
      ids.add(link.id);
      const repeated = link.options === null ? undefined : repeatedId(link.id, link.options, line);
      if (repeated !== undefined) return repeated;
    }
  }
  return undefined;
}

/** The call and its task, each by itself, may have been right. A limit of 0 is none. */
export function isSoftAboveHard({ softTimeLimitMs = 0, timeLimitMs = 0 }: WireTaskOptions): boolean {
  return timeLimitMs > 0 && softTimeLimitMs > timeLimitMs;
}

/**
 * @param options what the call's task would run under
 * @param taskOptions of the tasks that are linked to it
 * @returns the name of the task, of this call or of one linked to it, that needs a concurrency key and has none
 */
export function keylessName(
  name: string,
  call: CallOptions | null,
  options: WireTaskOptions,
  taskOptions: (name: string) => WireTaskOptions | undefined,
  most: number,
): string | undefined {
  if (options.keyLimit !== undefined && call?.concurrencyKey === undefined) return name;
  if (call === null || (call.link === undefined && call.linkError === undefined)) return undefined;
  return linksWithin(call, most).find(
    ({ name: linked, options: own }) =>
      own?.concurrencyKey === undefined && taskOptions(linked)?.keyLimit !== undefined,
  )?.name;
}

/** How a caller is told. */
export const CALL_FAULTS = {
  repeatedLink: (repeated: string): string =>
    `expected each linked call to have its own id, got: ${repeated} twice`,
  softAboveHard: ({ softTimeLimitMs, timeLimitMs }: WireTaskOptions): string =>
    `softTimeLimit must be less than or equal to timeLimit, got: ${softTimeLimitMs} ms above ${timeLimitMs} ms`,
  keyRequired: (name: string): string =>
    `task ${name} limits how many run at a time for each key: call it with the option concurrencyKey`,
};
