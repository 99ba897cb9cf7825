import type { StoredTask } from '../core/record.ts';
import { forget } from '../core/transitions.ts';
import type { Engine } from '../engine/engine.ts';
import type { Recorder } from './recorder.ts';

/** Drops what ended tasks took and gave, before its time. The tombstone stays. */
export class Forgetter {
  readonly #engine: Engine;
  readonly #recorder: Recorder;

  constructor(engine: Engine, recorder: Recorder) {
    this.#engine = engine;
    this.#recorder = recorder;
  }

  /** @returns per id whether there was something to delete; a task that has not ended keeps everything */
  async forget(ids: readonly string[]): Promise<readonly boolean[]> {
    const records = await this.#engine.get(ids);
    const ended = records.filter((record) => record !== undefined && hasContent(record)) as StoredTask[];
    const applied = await this.#recorder.record(
      ended.map((from) => ({ from, to: forget(from), urgent: true })),
    );
    const forgotten = new Set(ended.filter((_, position) => applied[position]).map(({ id }) => id));
    return ids.map((id) => forgotten.has(id));
  }
}

function hasContent({ phase, args, body }: StoredTask): boolean {
  return phase === 'ended' && (args !== '' || body !== null);
}
