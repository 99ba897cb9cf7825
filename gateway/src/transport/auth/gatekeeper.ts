import { RefusedError } from '@celeriac/protocol';
import type { Clock, Service } from '@celeriac/runtime';
import type { Revocations } from '../../broker/revocations.ts';
import type { Bus } from '../../events/bus.ts';
import type { Authenticator } from './authenticator.ts';
import type { Grant } from './grant.ts';
import { Quotas } from './quotas.ts';
import { Stay } from './stay.ts';
import type { SubjectLimits } from './subject-limits.ts';

/** Lets connections in by their tokens, on both links, and sees to it that none outstays its token. */
export class Gatekeeper implements Service {
  readonly quotas: Quotas;
  readonly #clock: Clock;
  readonly #authenticate: Authenticator;
  readonly #revocations: Revocations;
  readonly #stays = new Set<Stay>();

  constructor(
    parts: {
      readonly clock: Clock;
      readonly authenticate: Authenticator;
      readonly broker: { readonly revocations: Revocations; readonly bus: Bus };
    },
    limits: SubjectLimits,
  ) {
    this.#clock = parts.clock;
    this.#authenticate = parts.authenticate;
    this.#revocations = parts.broker.revocations;
    this.quotas = new Quotas(parts.clock, parts.broker.bus, limits);
    this.#revocations.onRevoked(() => this.#endRevoked());
  }

  /** How many connections are there. */
  get stays(): number {
    return this.#stays.size;
  }

  start(): void {}

  stop(): void {
    this.quotas.stop();
  }

  /** For who asks once. @throws RefusedError with `UNAUTHENTICATED` or `TOKEN_REVOKED` */
  async identify(token: string | null): Promise<Grant> {
    const grant = await this.#authenticate(token);
    this.#refuseRevoked(grant);
    return grant;
  }

  /** For a connection, which is to leave. @throws RefusedError as {@link identify}, and with `TOO_MANY_CONNECTIONS` */
  async admit(token: string | null): Promise<Stay> {
    return this.enter(await this.#authenticate(token));
  }

  /** As {@link admit}, for whoever is known. */
  enter(grant: Grant): Stay {
    this.#refuseRevoked(grant);
    const stay = new Stay(grant, this.quotas.enter(grant), this.#clock, () => this.#stays.delete(stay));
    this.#stays.add(stay);
    return stay;
  }

  /** @throws RefusedError as {@link Stay.refresh} */
  async refresh(stay: Stay, token: string): Promise<void> {
    await stay.refresh(() => this.identify(token));
    stay.quota.limits = this.quotas.limitsOf(stay.grant);
    // It may have been revoked just now.
    if (this.#revocations.covers(stay.grant)) stay.end(revoked());
  }

  #endRevoked(): number {
    const covered = [...this.#stays].filter(({ grant }) => this.#revocations.covers(grant));
    for (const stay of covered) stay.end(revoked());
    return covered.length;
  }

  #refuseRevoked(grant: Grant): void {
    if (this.#revocations.covers(grant)) throw revoked();
  }
}

function revoked(): RefusedError {
  return new RefusedError('TOKEN_REVOKED', 'the token was revoked');
}
