import type { AuditedAct, Telemetry } from '../events/telemetry.ts';
import type { Grant } from './auth/grant.ts';

/** Names that one line gives at most: a frame may be about a thousand tasks. */
const NAMED = 20;

/** Tells operators what one connection does beyond calling and following its own tasks, and what it was refused. */
export class Audit {
  readonly #telemetry: Telemetry;
  readonly #from: string;
  readonly #grant: () => Grant | undefined;

  /**
   * @param from the address that it comes from
   * @param grant what it may do by now; `undefined` while it is a stranger
   */
  constructor(telemetry: Telemetry, from: string, grant: () => Grant | undefined) {
    this.#telemetry = telemetry;
    this.#from = from;
    this.#grant = grant;
  }

  /** @param about the tasks, queues or workers that it was done to */
  acted(command: string, about: readonly string[]): void {
    this.#telemetry.emit('acted', this.#act(command, about));
  }

  /** @param command what was asked for: a frame's name */
  refused(code: string, command: string, about: readonly string[] = [], count = 1): void {
    this.#telemetry.emit('refused', { code, ...this.#act(command, about), count });
  }

  #act(command: string, about: readonly string[]): AuditedAct {
    const { subject = null, tokenId = null } = this.#grant() ?? {};
    const named = about.slice(0, NAMED);
    return { subject, tokenId, from: this.#from, command, about: named, count: about.length };
  }
}
