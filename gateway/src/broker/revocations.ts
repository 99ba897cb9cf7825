import { RefusedError } from '@celeriac/protocol';
import { REVOKED_TOKENS, type TokenClaim } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import type { Engine, RevokedToken } from '../engine/engine.ts';

/** What is known of a token in addition to its rights. */
export interface TokenFacts {
  readonly subject: string | null;
  readonly tokenId: string | null;
  /** In gateway wall time; `null` where it does not say. */
  readonly issuedAt: number | null;
}

/** How far the clock of a token's issuer may be ahead of ours; a token's life begins at its `iat`. */
export const CLOCK_TOLERANCE_MS = 5_000;

export interface RevocationRules {
  /** How long a token lasts at most, from when it was issued. */
  readonly maxTokenAgeMs: number;
}

/** Tokens whose rights an operator took away before their end. */
export class Revocations {
  readonly #clock: Clock;
  readonly #engine: Engine;
  readonly #byClaim: Readonly<Record<TokenClaim, Map<string, RevokedToken>>> = {
    jti: new Map(),
    sub: new Map(),
  };
  readonly #longestMs: number;
  #close: () => number = () => 0;

  constructor(clock: Clock, engine: Engine, { maxTokenAgeMs }: RevocationRules) {
    this.#longestMs = maxTokenAgeMs + CLOCK_TOLERANCE_MS;
    this.#clock = clock;
    this.#engine = engine;
  }

  load(revoked: readonly RevokedToken[]): void {
    for (const token of revoked) this.#byClaim[token.by].set(token.name, token);
  }

  /** @param close closes the connections whose tokens are covered by now; returns how many that were */
  onRevoked(close: () => number): void {
    this.#close = close;
  }

  /** A token that does not say when it was issued may be older than any word on its subject. */
  covers({ subject, tokenId, issuedAt }: TokenFacts): boolean {
    if (tokenId !== null && this.#byClaim.jti.has(tokenId)) return true;
    const revoked = subject === null ? undefined : this.#byClaim.sub.get(subject);
    // One that seems a little younger may be from before, from a clock that is ahead.
    return revoked !== undefined && (issuedAt === null || issuedAt <= revoked.at + CLOCK_TOLERANCE_MS);
  }

  /**
   * Takes effect at once, and is stored when this resolves.
   * @param keepMs after which the tokens have ended by themselves; `null`: as long as a token can last
   * @returns how many connections were closed
   * @throws RefusedError with `TOO_MANY_REVOCATIONS`
   */
  async revoke(by: TokenClaim, name: string, keepMs: number | null): Promise<number> {
    const at = this.#clock.now();
    const earlier = this.#byClaim[by].get(name);
    if (earlier === undefined && this.#size >= REVOKED_TOKENS) this.#forget(at);
    if (earlier === undefined && this.#size >= REVOKED_TOKENS)
      throw new RefusedError(
        'TOO_MANY_REVOCATIONS',
        `at most ${REVOKED_TOKENS} revocations are kept at a time`,
      );
    const until = Math.max(at + (keepMs ?? this.#longestMs), earlier?.until ?? 0);
    const token: RevokedToken = { by, name, at: Math.max(at, earlier?.at ?? 0), until };
    this.#byClaim[by].set(name, token);
    const closed = this.#close();
    await this.#engine.revokeTokens([token], at).committed;
    return closed;
  }

  get #size(): number {
    return this.#byClaim.jti.size + this.#byClaim.sub.size;
  }

  #forget(now: number): void {
    for (const tokens of Object.values(this.#byClaim))
      for (const [name, { until }] of tokens) if (until <= now) tokens.delete(name);
  }
}
