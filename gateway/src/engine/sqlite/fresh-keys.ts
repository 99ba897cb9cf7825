/**
 * Keys of tasks that the main thread still has as they were inserted: it is told the key and the nonce when such a task is leased,
 * and not the whole row, which costs a third of a claim to read, to send and to make a record of.
 */
export class FreshKeys {
  readonly #keys = new Set<number>();
  /** Since the last commit: what is done again after a full disk must be answered alike. */
  #dropped: number[] = [];

  add(key: number): void {
    this.#keys.add(key);
  }

  /** Whether the row is as it was inserted. */
  has(key: number, version: number): boolean {
    return version === 1 && this.#keys.has(key);
  }

  /** It changes: whatever it becomes, it is not what it was. */
  drop(key: number): void {
    if (this.#keys.delete(key)) this.#dropped.push(key);
  }

  committed(): void {
    if (this.#dropped.length > 0) this.#dropped = [];
  }

  rollback(): void {
    for (const key of this.#dropped) this.#keys.add(key);
    this.#dropped = [];
  }
}
