import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryEngine } from '../memory/memory-engine.ts';
import { SqliteEngine } from '../sqlite/sqlite-engine.ts';
import { randomSteps, Walker } from './random-steps.ts';

describe('memory and sqlite', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'celeriac-agreement-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('answer the same to everything, step by step', { timeout: 180_000 }, async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(randomSteps, async (steps) => {
        const sqlite = new SqliteEngine({ file: join(folder, `${runs++}.db`) });
        const memory = new MemoryEngine();
        await Promise.all([sqlite.open(), memory.open()]);
        const [one, other] = [new Walker(sqlite), new Walker(memory)];
        try {
          for (const step of steps) expect(await one.take(step)).toEqual(await other.take(step));
          expect(new Map(sqlite.waiting)).toEqual(memory.waiting);
        } finally {
          await sqlite.close();
        }
      }),
      // Each run makes a file, and each step of it waits for several commits; every time they are others.
      { numRuns: 30 },
    );
  });
});
