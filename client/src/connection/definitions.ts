import type { DefineItem, WireTaskOptions } from '@celeriac/protocol/internal';
import { cutFrames, type FrameSizes, USUAL_FRAME_SIZES } from './frames.ts';
import type { PendingSubmit } from './pending-submits.ts';

/** Which definitions the gateway has been sent: each goes once per session, before the first submit of its name. */
export class Definitions {
  readonly #optionsOf: (name: string) => WireTaskOptions | undefined;
  readonly #sent = new Set<string>();

  /** @param optionsOf options of a task that is defined here */
  constructor(optionsOf: (name: string) => WireTaskOptions | undefined) {
    this.#optionsOf = optionsOf;
  }

  /** A new session knows none. */
  restart(): void {
    this.#sent.clear();
  }

  /** The frames that must be sent before these submits. */
  takeFor(
    submissions: readonly PendingSubmit[],
    { calls }: FrameSizes = USUAL_FRAME_SIZES,
  ): readonly (readonly DefineItem[])[] {
    const items: DefineItem[] = [];
    for (const { call } of submissions) {
      if (this.#sent.has(call.name)) continue;
      this.#sent.add(call.name);
      const options = this.#optionsOf(call.name);
      if (options !== undefined) items.push([call.name, options]);
    }
    return cutFrames(items, { bytes: calls });
  }
}
