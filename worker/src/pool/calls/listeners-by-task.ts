/** Which listeners want to hear of which task. Kept both ways, so that neither is searched for. */
export class ListenersByTask<Party> {
  readonly #byId = new Map<string, Set<Party>>();
  readonly #byParty = new Map<Party, Set<string>>();

  of(id: string): readonly Party[] {
    return [...(this.#byId.get(id) ?? [])];
  }

  add(id: string, party: Party): void {
    into(this.#byId, id).add(party);
    into(this.#byParty, party).add(id);
  }

  /** @returns whether no other listener is left; also false where this one was none */
  remove(id: string, party: Party): boolean {
    const parties = this.#byId.get(id);
    this.#byParty.get(party)?.delete(id);
    if (parties?.delete(party) !== true || parties.size > 0) return false;
    return this.#byId.delete(id);
  }

  /** The task is over for everybody. */
  end(id: string): void {
    for (const party of this.of(id)) this.remove(id, party);
  }

  /** @returns the tasks without a listener now */
  leave(party: Party): readonly string[] {
    const ids = [...(this.#byParty.get(party) ?? [])].filter((id) => this.remove(id, party));
    this.#byParty.delete(party);
    return ids;
  }

  clear(): void {
    this.#byId.clear();
    this.#byParty.clear();
  }

  /** Gives to each party the items of its tasks, in order and in one call. */
  share<Item>(
    items: readonly Item[],
    idOf: (item: Item) => string,
    give: (party: Party, items: readonly Item[]) => void,
  ): void {
    const shares = new Map<Party, Item[]>();
    for (const item of items) {
      for (const party of this.#byId.get(idOf(item)) ?? []) {
        const share = shares.get(party);
        if (share === undefined) shares.set(party, [item]);
        else share.push(item);
      }
    }
    for (const [party, share] of shares) give(party, share);
  }
}

function into<Key, Value>(map: Map<Key, Set<Value>>, key: Key): Set<Value> {
  const present = map.get(key);
  if (present !== undefined) return present;
  const made = new Set<Value>();
  map.set(key, made);
  return made;
}
