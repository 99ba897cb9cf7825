/**
 * The custom state that a run showed last, for a while after it has ended: a watcher that has not been told of it yet hears
 * of it before the end. In memory only, the oldest go first.
 */
import { payloadSize, type WirePayload } from '@celeriac/protocol/internal';
import type { StoredTask } from '../core/record.ts';

export type Progress = readonly [state: string, meta: WirePayload];

type Run = Pick<StoredTask, 'id' | 'attempt'>;

/** Of all tasks, in UTF-16 units. */
const LIMIT = 8 * 1024 * 1024;
/** The approximate cost of keeping one in addition to its text: most texts are far shorter than that. */
export const ENTRY_SIZE = 256;

interface Shown {
  readonly attempt: number;
  readonly progress: Progress;
  /** Its start was not published yet, and so neither was this. */
  readonly unseen: boolean;
  readonly size: number;
}

export class LastShown {
  readonly #limit: number;
  /** By the task's id, of its last attempt that showed something. */
  readonly #shown = new Map<string, Shown>();
  #size = 0;

  constructor(limit = LIMIT) {
    this.#limit = limit;
  }

  /** The run is nobody's any more. */
  keep({ id, attempt }: Run, progress: Progress, unseen: boolean): void {
    this.#drop(id);
    const size = ENTRY_SIZE + id.length + progress[0].length + payloadSize(progress[1]);
    this.#shown.set(id, { attempt, progress, unseen, size });
    this.#size += size;
    for (const [oldest] of this.#shown) {
      if (this.#size <= this.#limit) break;
      this.#drop(oldest);
    }
  }

  of({ id, attempt }: Run): Progress | undefined {
    const shown = this.#shown.get(id);
    return shown?.attempt === attempt ? shown.progress : undefined;
  }

  /** @returns what is to be published before the end, once */
  takeUnseen({ id, attempt }: Run): Progress | undefined {
    const shown = this.#shown.get(id);
    if (shown === undefined || !shown.unseen || shown.attempt !== attempt) return undefined;
    this.#shown.set(id, { ...shown, unseen: false });
    return shown.progress;
  }

  #drop(id: string): void {
    this.#size -= this.#shown.get(id)?.size ?? 0;
    this.#shown.delete(id);
  }
}
