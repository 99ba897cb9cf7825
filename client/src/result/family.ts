import { childrenOf, type Facts } from '../record/facts.ts';

/** The tasks next to one, as handles: the one that called it, and those that it called. Each handle is made once. */
export class Family<Handle> {
  readonly #handleOf: (id: string) => Handle;
  #parent: Handle | null;
  #children: { readonly of: readonly string[]; readonly made: readonly Handle[] } | undefined;

  /** @param parent where it is at hand */
  constructor(parent: Handle | null, handleOf: (id: string) => Handle) {
    this.#handleOf = handleOf;
    this.#parent = parent;
  }

  parent({ parentId }: Facts): Handle | null {
    if (parentId !== null) this.#parent ??= this.#handleOf(parentId);
    return this.#parent;
  }

  children(facts: Facts): readonly Handle[] {
    if (this.#children?.of !== facts.children)
      this.#children = { of: facts.children, made: childrenOf(facts).map((id) => this.#handleOf(id)) };
    return this.#children.made;
  }
}
