import { readFileSync } from 'node:fs';
import { GATEWAY_OPTIONS } from '@celeriac/gateway/internal';
import { parseDuration } from '@celeriac/protocol/internal';
import { expect, test } from 'vitest';
import { drawApi, hasDefaults } from './api-page.ts';
import { readComment, readShown, type Shown } from './api-reader.ts';

const shown = readShown();

/** Of these every method shows how it is called. */
const MAIN = [
  'AppConnection',
  'AsyncResult',
  'CallableTask',
  'Celeriac',
  'Control',
  'Define',
  'Monitor',
  'ResultSet',
  'Signature',
  'TaskLog',
  'TaskRef',
  'TaskSelf',
  'TelemetrySource',
  'Worker',
];

test('docs/api.md is what the JSDoc says', () => {
  expect(drawApi(shown)).toBe(readFileSync(new URL('../docs/api.md', import.meta.url), 'utf8'));
});

test('all that users can import is seen, with its members', () => {
  const names = new Set(shown.map(({ name }) => name));
  for (const name of [
    'Celeriac',
    'isCeleriacError',
    'TimeoutError',
    'useTask',
    'createWorker',
    'createGateway',
  ])
    expect(names).toContain(name);
  expect(shown.find(({ name }) => name === 'AsyncResult')?.members.length).toBeGreaterThan(12);
  expect(shown.find(({ name }) => name === 'WatchedResult')?.members.length).toBeGreaterThan(20);
  expect(shown.find(({ name }) => name === 'Define')?.members).toHaveLength(5);
});

test('everything that users can import has JSDoc, and so has each of its members', () => {
  expect(shown.flatMap(missingIn)).toEqual([]);
});

const options = shown.filter(({ name }) => hasDefaults(name));

test('every option says what holds without it', () => {
  const silent = options.flatMap(({ name, members }) =>
    members.flatMap((member) =>
      member.optional && member.comment?.tags.has('default') !== true ? [`${name}.${member.name}`] : [],
    ),
  );
  expect(options.length).toBeGreaterThan(10);
  expect(silent).toEqual([]);
});

test('every option that is a duration says how it is written', () => {
  const silent = options.flatMap(({ name, members }) =>
    members.flatMap((member) =>
      /\bDuration\b/.test(member.type ?? '') && !/\bseconds\b/i.test(member.comment?.text ?? '')
        ? [`${name}.${member.name}`]
        : [],
    ),
  );
  expect(silent).toEqual([]);
});

test('everything that may reject says with what', () => {
  const silent = shown
    .filter(({ name }) => MAIN.includes(name) || /Store$/.test(name))
    .flatMap(({ name: owner, comment, members }) =>
      members.flatMap((member) =>
        /\): (Promise|AsyncGenerator|Deps)/.test(member.signature) &&
        !member.comment?.tags.has('throws') &&
        !/\b(rejects|throws)\b|\bas \{@link /i.test(`${member.comment?.text} ${comment?.text}`)
          ? [`${owner}.${member.name}`]
          : [],
      ),
    );
  expect(silent).toEqual([]);
});

test('every overload of a function has JSDoc of its own', () => {
  const silent = shown.filter(({ comments }) => comments.includes(null));
  expect(silent.map(({ name }) => name)).toEqual([]);
});

test('the defaults of a gateway that its JSDoc tells are those of its table', () => {
  const told = shown.find(({ name }) => name === 'GatewayOptions')?.members ?? [];
  const table: Readonly<Record<string, { readonly default: unknown }>> = GATEWAY_OPTIONS;
  expect(told.map(({ name }) => name)).toEqual(Object.keys(table));
  const defaults = told.map(({ name, comment }) => [name, comment?.tags.get('default')?.[0]]);
  expect(defaults.filter(([name = '', text = '']) => !says(text, table[name]?.default))).toEqual([]);
});

test('every class and function that is no error has an example, and every method of the main ones', () => {
  const things = shown.filter(({ kind }) => kind === 'class' || kind === 'function');
  const bare = things.filter(({ comment }) => comment?.tags.has('example') !== true);
  expect(bare.map(({ name }) => name)).toEqual([]);
  const methods = shown
    .filter(({ name }) => MAIN.includes(name))
    .flatMap(({ name: owner, members }) =>
      members.flatMap(({ name, signature, comment }) =>
        name !== 'constructor' &&
        /^[\w*]*\w(<.*>)?\(/.test(signature) &&
        comment?.tags.has('example') !== true
          ? [`${owner}.${name}`]
          : [],
      ),
    );
  expect(methods).toEqual([]);
});

test('a method that `using` calls is shown by the name that everybody knows', () => {
  const signatures = shown.flatMap(({ members }) => members.map(({ signature }) => signature));
  expect(signatures.filter((signature) => /\[(ASYNC_)?DISPOSE\]/.test(signature))).toEqual([]);
  expect(signatures.filter((signature) => /^\[Symbol\.(asyncD|d)ispose\]\(/.test(signature))).toHaveLength(2);
});

test('a comment is read with its tags, in lines of their own or not', () => {
  expect(readComment('/** Waits. @returns a value @throws OptionError */')).toEqual({
    text: 'Waits.',
    tags: new Map([
      ['returns', ['a value']],
      ['throws', ['OptionError']],
    ]),
  });
  const { text, tags } = readComment(`/**
   * First line,
   * second.
   * @default 5 s
   * @example
   * const x = await get();
   * show(x);
   */`);
  expect(text).toBe('First line,\nsecond.');
  expect(tags.get('default')).toEqual(['5 s']);
  expect(tags.get('example')).toEqual(['const x = await get();\nshow(x);']);
});

/** What is `null` is told in words. */
function says(text: string, value: unknown): boolean {
  const literal = text.replaceAll('`', '');
  if (value === null) return literal !== '';
  if (Array.isArray(value) && value.length === 0) return literal === 'none';
  if (typeof value !== 'number') return literal === JSON.stringify(value).replaceAll('"', "'");
  return literal.startsWith("'")
    ? parseDuration(literal.slice(1, -1), 'default') === value
    : Number(literal.replaceAll(',', '')) === value;
}

function missingIn({ door, name, comment, members }: Shown): readonly string[] {
  const silent = members.filter((member) => member.comment === null || member.comment.text === '');
  return [
    ...(comment === null || comment.text === '' ? [`${door} ${name}`] : []),
    ...silent.map((member) => `${door} ${name}.${member.name}`),
  ];
}
