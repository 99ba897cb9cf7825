/** The token of an open connection, renewed before it ends. */

import { RefusedError } from '@celeriac/protocol';
import { type Answer, describeFailure, type TokenRefreshed } from '@celeriac/protocol/internal';
import { Renewal } from '@celeriac/runtime';
import { askToken, type DialerSettings } from './dialer.ts';
import { encode } from './frames.ts';

export class TokenRenewal {
  readonly #settings: DialerSettings;
  readonly #write: (frames: readonly string[]) => void;
  #renewal: Renewal | undefined;
  #answer: ((answer: Answer<TokenRefreshed>) => void) | undefined;

  constructor(settings: DialerSettings, write: (frames: readonly string[]) => void) {
    this.#settings = settings;
    this.#write = write;
  }

  /**
   * By its factory, before it ends; one that is a text ends with it.
   * @param leftMs how long the present one lasts; `undefined`: without end
   */
  start(leftMs: number | undefined): void {
    const { clock, random, token } = this.#settings;
    this.#renewal?.stop();
    if (typeof token !== 'function') return;
    this.#renewal = new Renewal({ clock, random, renew: () => this.#renew() });
    this.#renewal.lasts(leftMs);
  }

  /** What the gateway says to the new one. */
  answered(answer: Answer<TokenRefreshed>): void {
    this.#answer?.(answer);
  }

  /** Idempotent. */
  stop(): void {
    this.#renewal?.stop();
  }

  /** @returns how long the new one lasts; `undefined`: without end */
  async #renew(): Promise<number | undefined> {
    const { log } = this.#settings;
    try {
      const token = await askToken(this.#settings.token);
      if (token === null) throw new Error('the token function returned no token');
      const answer = await new Promise<Answer<TokenRefreshed>>((resolve) => {
        this.#answer = resolve;
        this.#write([encode(['refresh', token])]);
      });
      if ('ok' in answer) return answer.ok.tokenExpiresInMs;
      throw RefusedError.of(answer.refused);
    } catch (error) {
      const { name, message } = describeFailure(error);
      log.warn({ error: `${name}: ${message}` }, 'the token was not renewed, retrying until it expires');
      throw error;
    }
  }
}
