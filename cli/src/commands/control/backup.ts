import { addressOf, withApp } from '../../calling/with-app.ts';
import { GATEWAY_ADDRESS } from '../../options/gateway-address.ts';
import { jsonFlag } from '../../options/json.ts';
import { EXIT } from '../../output/exit-codes.ts';
import { defineVerb } from '../../verb.ts';

const EPILOGUE = `The gateway writes it, on its machine, into the folder that its store is in or that its --backup-folder names: a relative
FILE is taken from there, not from where you are. What is there already is left as it is. The copy is whole, needs no other file, and
holds everything that was accepted before; put in the place of a store while no gateway runs, it is one. Needs a token with admin:backup.

Examples:
  celeriac control backup monday.db
  celeriac control backup /var/backups/celeriac/monday.db      with --backup-folder /var/backups/celeriac`;

export const backupVerb = defineVerb({
  name: 'backup',
  summary: 'copy the store while the gateway runs',
  operands: [['<file>', 'where to, on the gateway’s machine; must not be there yet']],
  flags: { ...GATEWAY_ADDRESS, json: jsonFlag('the command and what it did as one JSON object') },
  epilogue: EPILOGUE,
  async run({ operands: [file = ''], values, terminal }) {
    return withApp(addressOf(values), terminal, async (app) => {
      const made = await app.control.backup(file);
      const said = `${made.path}: ${(made.bytes / 1e6).toFixed(1)} MB`;
      terminal.print(values.json ? JSON.stringify({ command: 'backup', ...made }) : said);
      return EXIT.ok;
    });
  },
});
