import type { TokenChoice } from '@celeriac/client';
import { OptionError } from '@celeriac/protocol';
import { gatewayAddress, withApp } from '../../calling/with-app.ts';
import { GATEWAY_ADDRESS, jsonFlag } from '../../options/common-flags.ts';
import { optionalFlag } from '../../options/flag.ts';
import { durationAsGiven, textOption } from '../../options/readers.ts';
import { EXIT } from '../../output/exit.ts';
import { defineVerb } from '../../verb.ts';

const EPILOGUE = `Closes all connections with the token, of clients and workers, and refuses it from now on, also after a restart. With --sub this
applies to all tokens issued until now or in the next 5 s; later ones are valid. Prints how many connections were closed.

Examples:
  celeriac control revoke-token --sub user-17
  celeriac control revoke-token --jti 5f0c2a --keep 1d     a token that expires within a day`;

export const revokeTokenVerb = defineVerb({
  name: 'revoke-token',
  summary: 'take away a token’s rights before it expires',
  operands: [],
  flags: {
    jti: optionalFlag('jti', 'ID', 'the token with this jti', textOption),
    sub: optionalFlag('sub', 'NAME', 'all tokens of this subject', textOption),
    keep: optionalFlag(
      'keep',
      'DURATION',
      'time until the token expires by itself, after which the gateway may forget the revocation; default: the --max-token-age of the gateway',
      durationAsGiven,
    ),
    ...GATEWAY_ADDRESS,
    json: jsonFlag('the command and what it did as one JSON object'),
  },
  epilogue: EPILOGUE,
  async run({ values, terminal }) {
    const token = readChoice(values.jti, values.sub);
    return withApp(gatewayAddress(values), terminal, async (app) => {
      const closed = await app.control.revokeToken(token, { keep: values.keep });
      const said = `revoked: ${closed} ${closed === 1 ? 'connection' : 'connections'} closed`;
      terminal.print(values.json ? JSON.stringify({ command: 'revoke-token', ...token, closed }) : said);
      return EXIT.ok;
    });
  },
});

/** @throws OptionError */
function readChoice(id: string | undefined, subject: string | undefined): TokenChoice {
  if (id !== undefined && subject === undefined) return { jti: id };
  if (subject !== undefined && id === undefined) return { sub: subject };
  throw new OptionError(
    'jti',
    `expected either --jti ID or --sub NAME, got ${id === undefined ? 'neither' : 'both'}`,
  );
}
