/** An item that begins with one, and says what it is about it. */
type Numbered = readonly [number: number, ...said: unknown[]];

/** Numbers that each owner counts by itself, and what they are called on the transport that all share. Few are open at a time. */
export class Numbers<Owner> {
  readonly #owned = new Map<number, readonly [owner: Owner, number: number]>();
  #last = 0;

  /** Items that open numbers of an owner, as they are said on the shared transport. */
  opened<Item extends Numbered>(owner: Owner, items: readonly Item[]): readonly Item[] {
    return items.map((item) => {
      this.#last += 1;
      this.#owned.set(this.#last, [owner, item[0]]);
      return renumbered(item, this.#last);
    });
  }

  /** Items about those that are open. */
  about<Item extends Numbered>(owner: Owner, items: readonly Item[]): readonly Item[] {
    return items.flatMap((item) => this.of(owner, [item[0]]).map((shared) => renumbered(item, shared)));
  }

  /** Gives each owner what is said of its numbers; the last that is said of one is its end, or that it is refused. */
  share<Item extends Numbered>(
    items: readonly Item[],
    give: (owner: Owner, own: readonly Item[]) => void,
  ): void {
    for (const item of items) {
      const owned = this.#owned.get(item[0]);
      if (item[1] === 'end' || item[1] === 'refused') this.end(item[0]);
      if (owned !== undefined) give(owned[0], [renumbered(item, owned[1])]);
    }
  }

  /** What an owner's numbers, by default all of them, are called there; those that have ended are left out. */
  of(owner: Owner, numbers?: readonly number[]): readonly number[] {
    return [...this.#owned].flatMap(([shared, [of, number]]) =>
      of === owner && (numbers === undefined || numbers.includes(number)) ? [shared] : [],
    );
  }

  end(shared: number): void {
    this.#owned.delete(shared);
  }

  clear(): void {
    this.#owned.clear();
  }
}

function renumbered<Item extends Numbered>([, ...said]: Item, number: number): Item {
  // All but its number stays what it is.
  return [number, ...said] as unknown as Item;
}
