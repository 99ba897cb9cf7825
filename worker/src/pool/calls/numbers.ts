/** Numbers that each owner counts by itself, and what they are called on the link that all share. Few are open at a time. */
export class Numbers<Owner> {
  readonly #owned = new Map<number, readonly [owner: Owner, number: number]>();
  #last = 0;

  take(owner: Owner, number: number): number {
    this.#last += 1;
    this.#owned.set(this.#last, [owner, number]);
    return this.#last;
  }

  find(shared: number): readonly [owner: Owner, number: number] | undefined {
    return this.#owned.get(shared);
  }

  /** What it is called there; nothing where it has ended. */
  of(owner: Owner, number: number): readonly number[] {
    for (const [shared, own] of this.#owned) if (own[0] === owner && own[1] === number) return [shared];
    return [];
  }

  allOf(owner: Owner): readonly number[] {
    return [...this.#owned].flatMap(([shared, own]) => (own[0] === owner ? [shared] : []));
  }

  end(shared: number): void {
    this.#owned.delete(shared);
  }

  clear(): void {
    this.#owned.clear();
  }
}
