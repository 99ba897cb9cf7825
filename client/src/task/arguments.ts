import { PayloadError, payloadSize, show, UsageError, type WirePayload } from '@celeriac/protocol';
import type { EncodeLink } from './apply-options.ts';
import type { KnownTasks } from './known-tasks.ts';

/** @throws UsageError when they are no list */
export function checkArguments(name: string, args: unknown): void {
  if (!Array.isArray(args))
    throw new UsageError(`expected the arguments of ${name} to be an array, got: ${show(args)}`);
}

/**
 * Arguments without what is `undefined` at their end, for JSON, which has no word for it: `f.delay(1, undefined)` is
 * `f.delay(1)`, as for the function itself. A serializer that carries `undefined` is given all.
 * @internal
 */
export function withoutTail(args: readonly unknown[]): readonly unknown[] {
  if (args.length === 0 || args.at(-1) !== undefined) return args;
  return args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1);
}

/** Writes the arguments of an app's calls and of their links. */
export class ArgumentWriter {
  readonly #tasks: KnownTasks;
  readonly #limit: () => number;

  /** @param limit the largest payload the gateway takes, in UTF-16 units */
  constructor(tasks: KnownTasks, limit: () => number) {
    this.#tasks = tasks;
    this.#limit = limit;
  }

  /**
   * @param serializer the name of what writes them; default the app's
   * @throws OptionError when no serializer has that name, PayloadError when they cannot be written or are too large
   */
  write(name: string, args: readonly unknown[], serializer = this.#tasks.serializer): WirePayload {
    const given = serializer === 'json' ? withoutTail(args) : args;
    const body = this.#tasks.serializers.encode(serializer, given, `arguments of ${name}`);
    const size = payloadSize(body);
    const limit = this.#limit();
    if (size > limit)
      throw new PayloadError(`arguments of ${name} have ${size} characters, the limit is ${limit}`);
    return body;
  }

  /** {@link write} for a link. */
  readonly writeLink: EncodeLink = (name, args, serializer) =>
    this.write(name, args, serializer ?? this.#tasks.serializerOfLink(name));
}
