import type { RefusedError } from '@celeriac/protocol';
import { show } from '@celeriac/protocol/internal';
import { tokenRefused } from './token-refusal.ts';

/** What one subject may do, over all its connections; `null` is no limit. */
export interface SubjectLimits {
  /** Calls a second; as many may come at once. */
  readonly callsPerSecond: number | null;
  /** Calls that have not ended. */
  readonly callsInFlight: number | null;
  /** Connections that are open, of clients and workers. */
  readonly connections: number | null;
  /** Watches on tasks of others. */
  readonly watches: number | null;
}

export const NO_LIMITS: SubjectLimits = {
  callsPerSecond: null,
  callsInFlight: null,
  connections: null,
  watches: null,
};

const NAMES: readonly string[] = Object.keys(NO_LIMITS);

/**
 * Reads a token's claim `limits`, such as `{ "callsPerSecond": 5, "connections": 2 }`; what is not named has no limit.
 * @throws RefusedError with `UNAUTHENTICATED` for anything else: a limit that is misspelt must not be none
 */
export function readClaimedLimits(claim: unknown): SubjectLimits {
  if (claim === undefined || claim === null) return NO_LIMITS;
  if (typeof claim !== 'object' || Array.isArray(claim)) throw expected('limits', 'an object', claim);
  const limits: Record<string, number> = {};
  for (const [name, value] of Object.entries(claim)) {
    if (!NAMES.includes(name)) throw expected('limits', `of ${NAMES.join(', ')}`, name);
    if (value === null) continue;
    const whole = name === 'callsPerSecond' || Number.isInteger(value);
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || !whole)
      throw expected(`limits.${name}`, 'a number of at least 0', value);
    limits[name] = value;
  }
  return { ...NO_LIMITS, ...limits };
}

/** The lower ones: a token never raises what the gateway allows. */
export function lowerLimits(one: SubjectLimits, other: SubjectLimits): SubjectLimits {
  return {
    callsPerSecond: lower(one.callsPerSecond, other.callsPerSecond),
    callsInFlight: lower(one.callsInFlight, other.callsInFlight),
    connections: lower(one.connections, other.connections),
    watches: lower(one.watches, other.watches),
  };
}

function lower(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

function expected(place: string, what: string, value: unknown): RefusedError {
  return tokenRefused(`expected its ${place} to be ${what}, got: ${show(value)}`);
}
