/**
 * `npm run chaos:teeth`: the gateway is broken in one thing after the other, and the harness must notice each. One that
 * has never found anything proves nothing.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEETH } from '../../simulation/teeth.ts';
import { run } from '../run.ts';
import { planTooth } from './tooth-runs.ts';

const SEED = 1;

const [asked] = process.argv.slice(2);
const names = asked === undefined ? Object.keys(TEETH) : [asked];
const folder = mkdtempSync(join(tmpdir(), 'celeriac-teeth-'));
let blunt = 0;
for (const name of names) {
  const { tooth, trips, settings } = planTooth(name, SEED);
  const own = join(folder, tooth.replaceAll(' ', '-'));
  mkdirSync(own);
  const { violations } = await run({ ...settings, folder: own, onProgress: () => {} });
  const tripped = [...new Set(violations.map(({ invariant }) => invariant))];
  const bites = tripped.includes(trips);
  if (!bites) blunt += 1;
  const example = violations.find(({ invariant }) => invariant === trips)?.what ?? `histories are in ${own}`;
  process.stdout.write(
    `${bites ? 'bites' : 'BLUNT'}  ${tooth}: must break ${trips}, broke ${tripped.join(' ') || 'nothing'}: ${example}\n`,
  );
}
process.exit(blunt === 0 ? 0 : 1);
