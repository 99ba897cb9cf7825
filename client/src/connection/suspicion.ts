/**
 * Which frame of ours a gateway could not read. It says why and hangs up, and does not say on which: what was on its way goes
 * again in small groups and then by itself, each after the one before is known to be sound, so that it costs the culprit alone.
 */
import { ProbingTransport, type Suspect } from './probing-transport.ts';
import type { Transport } from './transport.ts';

export class Suspicion {
  /** What the next session is careful about; all, while nothing is known. */
  #suspects: 'all' | ReadonlySet<string> | undefined;
  #careful: ProbingTransport | undefined;

  /** The gateway could not read a frame. @returns whose it was, once that is certain */
  refused(): Suspect | undefined {
    const group = this.#careful?.onProbation ?? [];
    const [culprit] = group;
    this.#careful = undefined;
    this.#suspects = group.length > 1 ? new Set(group.map(keyOf)) : 'all';
    return group.length === 1 ? culprit : undefined;
  }

  /** @returns what to speak over in the session of this transport, where that has to be done with care */
  over(transport: Transport): ProbingTransport | undefined {
    if (this.#careful?.of(transport)) return this.#careful;
    const suspects = this.#suspects;
    if (suspects === undefined) return undefined;
    const suspected = (suspect: Suspect): boolean => suspects === 'all' || suspects.has(keyOf(suspect));
    this.#careful = new ProbingTransport(transport, suspected, suspects !== 'all', () => {
      this.#suspects = undefined;
    });
    return this.#careful;
  }
}

function keyOf({ name, about }: Suspect): string {
  return `${name} ${String(about)}`;
}
