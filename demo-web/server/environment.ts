import { GATEWAY_OPTIONS, type GivenOptions } from '@celeriac/gateway/internal';

/** The gateway's options from the variables that `celeriac gateway` reads as well; an empty one is not set. */
export function givenBy(environment: Readonly<Record<string, string | undefined>>): GivenOptions {
  const given: Record<string, string> = {};
  for (const [name, { flag }] of Object.entries(GATEWAY_OPTIONS)) {
    const text = environment[`CELERIAC_${flag.toUpperCase().replaceAll('-', '_')}`];
    if (text !== undefined && text !== '') given[name] = text;
  }
  return given;
}
