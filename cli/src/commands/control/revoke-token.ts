import type { TokenChoice } from '@celeriac/client';
import { OptionError } from '@celeriac/protocol';
import { gatewayAddress, withApp } from '../../calling/with-app.ts';
import { GATEWAY_ADDRESS, jsonFlag } from '../../options/common-flags.ts';
import { optionalFlag } from '../../options/flag.ts';
import { durationAsGiven, textOption } from '../../options/readers.ts';
import { EXIT } from '../../output/exit.ts';
import { defineVerb } from '../../verb.ts';

const EPILOGUE = `Closes its connections, of clients and workers, and refuses it from now on, also after a restart. With --sub that holds for all
tokens issued so far or within 5 s; newer ones are valid. Prints how many connections were closed.

Examples:
  celeriac control revoke-token --sub user-17
  celeriac control revoke-token --jti 5f0c2a --keep 1d     it would have ended by tomorrow`;

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
      'when the token expires by itself, so that the gateway may forget this; default: after ten years',
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
  throw new OptionError('jti', 'give either --jti ID or --sub NAME');
}
