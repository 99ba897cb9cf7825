import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEngine } from '../sqlite/sqlite-engine.ts';
import { describeEngine } from './suite.ts';

describeEngine('sqlite engine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-engine-'));
  return {
    engine: () => new SqliteEngine({ file: join(folder, 'store.db') }),
    dispose: () => rmSync(folder, { recursive: true }),
  };
});
