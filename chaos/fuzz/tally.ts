/** What was done, and what is wrong. */

/** Of what any process says to a stranger nothing shows where it lives, or how it is built. */
const LEAKS = [/node_modules/, /file:\/\//, /\bnode:internal/, /\n\s+at \S/, /\.[cm]?[jt]s:\d+/];
/** The last sessions of each kind, in case one of them was too much for somebody. */
const RECENT = 20;

export class FuzzTally {
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #recent = new Map<string, number[]>();
  readonly #home: string;
  /** In words; the run ends with the first. */
  readonly faults: string[] = [];
  onFault: () => void = () => {};

  /** @param home the folder that nobody must hear of */
  constructor(home: string) {
    this.#home = home;
  }

  count(group: string, name: string, by = 1): void {
    const counts = this.#counts.get(group) ?? new Map<string, number>();
    counts.set(name, (counts.get(name) ?? 0) + by);
    this.#counts.set(group, counts);
  }

  /** A connection of that kind begins. */
  begin(kind: string, session: number): void {
    this.count('connections', kind);
    this.#recent.set(kind, [...(this.#recent.get(kind) ?? []), session].slice(-RECENT));
  }

  /** Looks at what a peer said. */
  hear(who: string, text: string): void {
    const leak = [...LEAKS, this.#home].find((sign) =>
      typeof sign === 'string' ? text.includes(sign) : sign.test(text),
    );
    if (leak !== undefined)
      this.fault(`${who} tells where it lives or how it is built: ${text.slice(0, 500)}`);
  }

  fault(what: string): void {
    this.faults.push(what);
    this.onFault();
  }

  /** One line a group. */
  get lines(): readonly string[] {
    const groups = [...this.#counts].map(([group, counts]) => {
      const items = [...counts].sort(([, one], [, other]) => other - one);
      return `${group}: ${items.map(([name, count]) => `${name} ${count}`).join(', ')}`;
    });
    return groups.sort();
  }

  get recent(): readonly string[] {
    return [...this.#recent].map(([kind, sessions]) => `${kind} ${sessions.join(' ')}`);
  }
}
