// Removes what the build wrote, so that the next build starts from nothing.
import { rmSync } from 'node:fs';

const built = ['protocol', 'runtime', 'token', 'client', 'worker', 'gateway', 'cli', 'demo-web'].map(
  (folder) => `${folder}/dist`,
);

for (const path of [...built, '.cache', 'test-results', 'playwright-report', 'coverage']) {
  rmSync(new URL(`../${path}`, import.meta.url), { recursive: true, force: true });
}
