/** Holds bodies until a test lets them go, and tells the test when they are there. */
export class Gate {
  /** Who has come, in order. */
  readonly labels: string[] = [];
  readonly #opened = new Set<string>();
  readonly #waiting = new Map<string, () => void>();
  readonly #watchers = new Set<() => void>();

  async wait(label: string): Promise<string> {
    this.labels.push(label);
    for (const look of [...this.#watchers]) look();
    if (!this.#opened.has(label)) await new Promise<void>((resolve) => this.#waiting.set(label, resolve));
    return label;
  }

  open(label: string): void {
    this.#opened.add(label);
    this.#waiting.get(label)?.();
  }

  /** Resolves when so many have come. */
  async entered(count: number): Promise<void> {
    if (this.labels.length >= count) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.labels.length < count) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
    });
  }
}
