/** What the client tells of a running body: which tasks it calls, and when it waits for one. */
import { CHILDREN } from '@celeriac/protocol/internal';
import type { InsideTask } from '../hosting.ts';
import type { RunReports } from './run-reports.ts';

export class RunningInside implements InsideTask {
  readonly rootId: string;
  readonly #reports: Pick<RunReports, 'waits'>;
  readonly #children = new Set<string>();
  #waits = 0;

  constructor(rootId: string, reports: Pick<RunReports, 'waits'>) {
    this.rootId = rootId;
    this.#reports = reports;
  }

  /** In the order of the calls, each once. */
  get children(): readonly string[] {
    return [...this.#children];
  }

  called(id: string): void {
    if (this.#children.size < CHILDREN) this.#children.add(id);
  }

  /** A body may wait for several at once: its one slot is lent from the first wait until the last one is over. */
  wait(): () => void {
    if (this.#waits++ === 0) this.#reports.waits(true);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      if (--this.#waits === 0) this.#reports.waits(false);
    };
  }
}
