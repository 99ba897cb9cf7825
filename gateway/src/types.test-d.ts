/** What createGateway takes is checked where it is written: tsc is the test. */
import type { Duration } from '@celeriac/protocol';
import { expectTypeOf } from 'vitest';
import { createGateway } from './gateway.ts';
import type { GatewayOptions } from './gateway-options.ts';
import type { GatewaySettings } from './gateway-settings.ts';

createGateway({ port: 0, store: 'memory', results: 'none', createMissingQueues: false });
createGateway({ lease: 10, grace: '500ms', resultExpires: '7d' });
// @ts-expect-error durations are seconds, or have a unit: milliseconds would be taken for seconds
createGateway({ leaseMs: 30_000 });
// @ts-expect-error a port is a number
createGateway({ port: '7600' });
// @ts-expect-error results are kept or not
createGateway({ results: 'some' });
// @ts-expect-error there is no such option
createGateway({ hots: '127.0.0.1' });

/** A setting in milliseconds is given as a duration, by its name without the unit; each option may be left out, or taken back. */
type OptionName<Key> = Key extends `${infer Name}Ms` ? Name : Key;
type OptionsOf<Settings> = {
  readonly [Key in keyof Settings as OptionName<Key>]?:
    | (Key extends `${string}Ms` ? Duration : Exclude<Settings[Key], null>)
    | null
    | undefined;
};
expectTypeOf<GatewayOptions>().toEqualTypeOf<OptionsOf<GatewaySettings>>();
