/**
 * `npm run chaos:sabotage`: breaks the gateway on purpose, one thing at a time; the harness must notice each. A harness that
 * has never found anything proves nothing.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SABOTAGES } from '../../simulation/sabotages.ts';
import { runHarness } from '../harness-run.ts';
import { planSabotage } from './sabotage-runs.ts';

const SEED = 1;

const [asked] = process.argv.slice(2);
const names = asked === undefined ? Object.keys(SABOTAGES) : [asked];
const folder = mkdtempSync(join(tmpdir(), 'celeriac-sabotage-'));
let unnoticed = 0;
for (const name of names) {
  const { sabotage, trips, settings } = planSabotage(name, SEED);
  const own = join(folder, sabotage.replaceAll(' ', '-'));
  mkdirSync(own);
  const { violations } = await runHarness({ ...settings, folder: own, onProgress: () => {} });
  const tripped = [...new Set(violations.map(({ invariant }) => invariant))];
  const noticed = tripped.includes(trips);
  if (!noticed) unnoticed += 1;
  const example = violations.find(({ invariant }) => invariant === trips)?.what ?? `histories are in ${own}`;
  process.stdout.write(
    `${noticed ? 'noticed' : 'NOT NOTICED'}  ${sabotage}: must break ${trips}, broke ${tripped.join(' ') || 'nothing'}: ${example}\n`,
  );
}
process.exit(unnoticed === 0 ? 0 : 1);
