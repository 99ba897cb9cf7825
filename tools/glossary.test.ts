/** One word, one thing: what docs/glossary.md promises, of the names in the sources. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const PACKAGES = ['protocol', 'runtime', 'token', 'client', 'worker', 'gateway', 'cli', 'demo-web', 'chaos'];
const TEST = /[.](test|test-d|spec)[.]tsx?$|\/(test|conformance|fixtures)\//;

/** Names that are declared twice, and why that is well. */
const TWICE: Readonly<Record<string, string>> = {
  app: "what every program calls its app, the demo's page and the demo's tasks too",
  localTasksOf: 'what stands in for it in a page has the same functions, and loads it when it is first used',
  controlOf: 'as localTasksOf',
  devalueCoder: 'as localTasksOf',
  followStream: 'as localTasksOf',
  learn: 'as localTasksOf: a page reads what it has asked for',
  openSocket: 'as localTasksOf: a page has its own WebSocket',
  readAnswer: 'as learn',
  readTold: 'as learn',
  storesOf: 'as localTasksOf',
  flag: 'option.flag reads an option, flag a part of a frame: the same word in two vocabularies',
  integer: 'as flag',
  list: 'as flag',
  moment: 'as flag',
  oneOf: 'as flag',
  text: 'as flag',
};
/** File names that a package may have more than once: doors, and programs that are started by their path. */
const ENTRY_POINT = /\/(index|main)[.]ts$|^chaos\/\w+\/programs\//;

const packageOf = (file: string): string => file.slice(0, file.indexOf('/'));
const SOURCES = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...PACKAGES], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /[.]tsx?$/.test(file) && !TEST.test(file) && existsSync(join(root, file)));

const DECLARED =
  /^export (?:declare |async |abstract )*(?:const|let|class|interface|type|function\*?) ([A-Za-z_$][\w$]*)/gm;
const EXPORTS = SOURCES.flatMap((file) => {
  const names = [...readFileSync(join(root, file), 'utf8').matchAll(DECLARED)].map(([, name = '']) => name);
  return [...new Set(names)].map((name) => ({ name, file }));
});

const GLOSSARY = readFileSync(join(root, 'docs/glossary.md'), 'utf8');
const [MEANT = '', AVOIDED = ''] = GLOSSARY.split('## Do not use');
const NOT_TO_USE = new Set(
  [...AVOIDED.matchAll(/^\| ([a-z, ]+) \|/gm)].flatMap(([, words = '']) => words.split(', ')),
);

/** `useTaskRows`, `use-task-rows.ts` → use, task, rows */
function wordsOf(name: string): readonly string[] {
  const apart = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[.]tsx?$/, '');
  return apart.toLowerCase().split(/[^a-z0-9]+/);
}

function twice<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly (readonly Item[])[] {
  const byKey = new Map<string, Item[]>();
  for (const item of items) byKey.set(keyOf(item), [...(byKey.get(keyOf(item)) ?? []), item]);
  return [...byKey.values()].filter((same) => same.length > 1);
}

test('no two exported names are the same', () => {
  const same = twice(EXPORTS, ({ name }) => name).filter(([first]) => !((first?.name ?? '') in TWICE));
  expect(same.map((both) => both.map(({ name, file }) => `${name} in ${file}`))).toEqual([]);
});

test('what is allowed twice is there twice', () => {
  const names = twice(EXPORTS, ({ name }) => name).map(([first]) => first?.name);
  expect(Object.keys(TWICE).filter((name) => !names.includes(name))).toEqual([]);
});

test('no two files of a package have the same name', () => {
  const same = twice(SOURCES, (file) => `${packageOf(file)} ${basename(file)}`);
  expect(same.filter(([file = '']) => !ENTRY_POINT.test(file))).toEqual([]);
});

test('no file and no export has a word that is not to be used', () => {
  expect(NOT_TO_USE).toContain('doorway');
  const avoided = (name: string): boolean => wordsOf(name).some((word) => NOT_TO_USE.has(word));
  expect(SOURCES.filter((file) => file.split('/').some(avoided))).toEqual([]);
  expect(EXPORTS.filter(({ name }) => avoided(name))).toEqual([]);
});

test('each word of the glossary stands once, and its place is there', () => {
  const rows = [...MEANT.matchAll(/^\| (\*\*.*) \| .* \| `(.*)` \|$/gm)];
  expect(rows.length).toBeGreaterThan(20);
  expect(twice(rows, ([, word = '']) => word)).toEqual([]);
  expect(rows.map(([, , file = '']) => file).filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
