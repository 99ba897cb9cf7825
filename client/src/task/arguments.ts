import { PayloadError, UsageError } from '@celeriac/protocol';
import { payloadSize, show, type WirePayload } from '@celeriac/protocol/internal';
import { withoutTail } from '../values/without-tail.ts';
import type { EncodeLink } from './apply-options.ts';
import type { KnownTasks } from './known-tasks.ts';

/** @throws UsageError when they are no list */
export function checkArguments(name: string, args: unknown): void {
  if (!Array.isArray(args))
    throw new UsageError(`expected the arguments of ${name} to be an array, got: ${show(args)}`);
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
