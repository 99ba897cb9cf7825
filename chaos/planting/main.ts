/**
 * `npm run plant`: simulates a gateway with a bug planted in its source, until that is found.
 * Exits with 0 when the invariant that is there for it was tripped within the seeds.
 */
import { parseArgs } from 'node:util';
import { plant } from './plant.ts';
import { PLANTS } from './plants.ts';

const USAGE = `npm run plant -- NAME [--seeds N]
  NAME          ${Object.keys(PLANTS).join('\n                ')}
  --seeds N     how many seeds to try at most (1000)`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seeds: { type: 'string', default: '1000' } },
  });
  const planted = PLANTS[positionals[0] ?? ''];
  if (planted === undefined)
    throw new Error(`expected the name of a planted bug, got: ${positionals[0] ?? 'none'}`);
  plant(planted);
  // Not before: it loads the gateway.
  const { simulate } = await import('../simulation/simulate.ts');
  const { SCENES } = await import('../simulation/scenes.ts');
  const given = planted.scene === undefined ? {} : SCENES[planted.scene];
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    const { violations } = await simulate(seed, given);
    const found = violations.find(({ invariant }) => invariant === planted.trips);
    if (found === undefined) continue;
    process.stdout.write(`found by seed ${seed}: ${found.invariant}: ${found.what}\n`);
    return 0;
  }
  process.stdout.write(`not found by ${values.seeds} seeds\n`);
  return 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
  process.exitCode = 2;
}
