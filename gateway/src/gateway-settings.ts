/** What all options together are, once they are filled in and checked. */
import { CALL_LIMIT, DEFAULT_LIMITS, type OptionsRead, readOptions } from '@celeriac/protocol/internal';
import type { BrokerRules } from './broker/broker.ts';
import { GATEWAY_OPTIONS } from './config.ts';
import { refuseUnfit } from './transport/auth/door.ts';

type Table = typeof GATEWAY_OPTIONS;

/**
 * As a command line or an environment gives them: texts, mostly.
 * @internal
 */
export type GivenOptions = Partial<Record<keyof Table, unknown>>;

type Readers = { readonly [Key in keyof Table]: Table[Key]['read'] };
type Defaults = {
  readonly [Key in keyof Table]: ReturnType<Table[Key]['read']> | Extract<Table[Key]['default'], null>;
};

const column = (of: 'read' | 'default'): object =>
  Object.fromEntries(Object.entries(GATEWAY_OPTIONS).map(([key, spec]) => [key, spec[of]]));
// Each is a column of the table, with the types of its rows.
export const GATEWAY_READERS = column('read') as Readers;
const DEFAULTS = column('default') as Defaults;

/**
 * What a gateway works with: every option filled in, a duration in milliseconds by its name with the unit.
 * @internal
 */
export type GatewaySettings = ReturnType<typeof fillIn>;

function fillIn(given: OptionsRead<Readers>) {
  const {
    resultExpires: resultExpiresMs,
    maxTokenAge: maxTokenAgeMs,
    lease: leaseMs,
    grace: graceMs,
    ...same
  } = { ...DEFAULTS, ...given };
  return { ...same, resultExpiresMs, maxTokenAgeMs, leaseMs, graceMs };
}

/** @throws OptionError for an invalid combination of options */
export function settingsOf(given: OptionsRead<Readers>): GatewaySettings {
  const settings = fillIn(given);
  refuseUnfit(settings);
  return settings;
}

/**
 * Fills in defaults and checks everything.
 * @throws OptionError naming the option; UsageError for what is no object of them
 * @internal
 */
export function resolveGatewayOptions(given: GivenOptions): GatewaySettings {
  return settingsOf(readOptions(given, GATEWAY_READERS, 'createGateway()'));
}

/** How many lanes may have waiting tasks, per queue that may be named. */
const LANES_PER_QUEUE = 2;

/** What the settings mean to the broker. */
export function rulesOf(settings: GatewaySettings): BrokerRules {
  const listedQueues = new Set(settings.knownQueues);
  return {
    ...settings,
    payloadLimit: DEFAULT_LIMITS.payload,
    callLimit: CALL_LIMIT,
    maxLanes: LANES_PER_QUEUE * settings.maxQueues,
    listedQueues,
    knownQueues: settings.createMissingQueues ? null : listedQueues,
    retention: { keepResults: settings.results === 'keep', resultMs: settings.resultExpiresMs },
  };
}
