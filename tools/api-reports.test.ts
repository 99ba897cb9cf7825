import { expect, test } from 'vitest';
import { faultsOf, namesIn, pruned } from './api-reports.ts';

const door = {
  folder: 'worker',
  name: '@celeriac/worker',
  short: 'worker',
  declarations: 'worker/dist/index.d.ts',
  isPublic: true,
} as const;

/** As the extractor writes it. */
const report = `## API Report

\`\`\`ts

import { Assignment } from '@celeriac/protocol/internal';
import { Duration } from '@celeriac/protocol';
import { Secret } from '@celeriac/protocol/internal';

// @public
export function createWorker<T>(app: App, each: ItemOf<T>): Duration;

// Warning: (ae-forgotten-export) The symbol "App" needs to be exported by the entry point index.d.ts
//
// @public
export class Worker {
    readonly [BRAND]: true;
    take(task: Assignment): void;
}

// @public (undocumented)
interface App {
    readonly name: string;
}

// @public (undocumented)
interface Hidden {
    readonly secret: Secret;
}

// @public (undocumented)
type ItemOf<T> = T extends readonly (infer Item)[] ? Item : never;

\`\`\`
`;
const shown = new Set(['createWorker', 'Worker', 'Duration']);

test('a report holds what is seen from outside, and nothing else', () => {
  const text = pruned(report, shown);
  expect([...namesIn(text)]).toEqual(['createWorker', 'Worker']);
  expect(text).toContain('interface App {');
  expect(text).toContain('type ItemOf<T>');
  expect(text).not.toContain('Hidden');
  expect(text).not.toContain('Secret');
  expect(text).not.toContain('ae-forgotten-export');
});

test('a type that is mentioned and that no public door shows is a fault; one of the types of the user is none', () => {
  expect(faultsOf({ door, text: pruned(report, shown) }, shown)).toEqual([
    '@celeriac/worker mentions Assignment, which no public entry point shows',
    '@celeriac/worker mentions App, which no public entry point shows',
  ]);
  const all = new Set([...shown, 'Assignment', 'App']);
  expect(faultsOf({ door, text: pruned(report, all) }, all)).toEqual([]);
});

test('a door for our own packages may mention what it likes', () => {
  const inner = { ...door, isPublic: false };
  expect(faultsOf({ door: inner, text: pruned(report, new Set()) }, shown)).toEqual([]);
});
