/** A page of a store: what is longer than one takes as many more. */
const PAGE = 4096;

/** What one step of clearing away may cost, in small tasks, and has cost: large ones count for several. */
export class PruneStep {
  left: number;
  touched = 0;

  constructor(limit: number) {
    this.left = limit;
  }

  get isOver(): boolean {
    return this.left <= 0;
  }

  /** @param size of all that the task carries */
  take(size: number): void {
    this.left -= 1 + Math.floor(size / PAGE);
    this.touched += 1;
  }
}
