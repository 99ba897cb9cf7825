/** The page docs/api.md, drawn from the JSDoc of what each package shows. */
import { type Comment, DOORS, type Member, type Shown } from './api-reader.ts';

const ABOUT: Readonly<Record<(typeof DOORS)[number]['name'], string>> = {
  '@celeriac/client': 'Defines tasks, calls them, follows them; in browsers and in Node.',
  '@celeriac/client/react': 'Hooks on the stores of an app. [More about them](react.md)',
  '@celeriac/worker': "Hosts an app's tasks. [Pools and every option](pools.md)",
  '@celeriac/gateway':
    'The broker, to be embedded in your own program. [Embedding](embedding.md), [every option](configuration.md)',
  '@celeriac/token': 'Makes tokens in your backend. [Security](security.md)',
};

/** Whether a type is one of options: with a default for each of its members. */
export function hasDefaults(name: string): boolean {
  return /(Options|Filter|Parts|Policy|Request)$/.test(name);
}

const SECTIONS: readonly (readonly [title: string, kinds: (shown: Shown) => boolean])[] = [
  ['Classes', ({ kind }) => kind === 'class'],
  ['Functions', ({ kind }) => kind === 'function' || kind === 'value'],
  ['Options', ({ name }) => hasDefaults(name)],
  ['Types', () => true],
];

export function drawApi(shown: readonly Shown[]): string {
  const sorted = [...shown].sort((one, other) =>
    one.name.toLowerCase() < other.name.toLowerCase() ? -1 : 1,
  );
  const doors = DOORS.map(({ name }) => [name, sorted.filter(({ door }) => door === name)] as const);
  return `# The public API

<!-- Generated from the JSDoc in the sources by \`npm run docs:api\`. -->

Everything that users import, by package (users need nothing of \`@celeriac/protocol\` that \`@celeriac/client\` does not show); editors show the same texts on hover. Durations are seconds, or strings such as \`'10s'\`, \`'5m'\`, \`'1h'\`.
An option that is \`null\` counts as not given. [The other pages](README.md)

Common to all:

- **\`on(event, listener, { signal })\`** returns a function that stops listening. If a listener throws, that is logged and changes nothing.
- **\`{ signal }\`** ends a wait: it rejects with the signal's reason. If the signal is already aborted, nothing is started.
- **\`await using\`** closes an app, a worker or a gateway at the end of its scope; \`using\` stops following a handle's task. Node supports both from 24 on; TypeScript, esbuild
  and Babel compile them for older targets. In a browser without \`Symbol.asyncDispose\` the methods are under \`Symbol.for('Symbol.asyncDispose')\`
  and \`Symbol.for('Symbol.dispose')\`, where esbuild and Babel look for them.
- **Errors** have a \`code\`: \`switch (error.code)\` after \`isCeleriacError(error)\`. [All of them](#${anchorOf(errorsOf(DOORS[0].name))})

${doors.map(([name, its]) => `- [${name}](#${anchorOf(name)}): ${its.map(linkTo).join(' · ')}`).join('\n')}

${doors.map(([name, its]) => drawDoor(name, its)).join('\n\n')}
`;
}

function drawDoor(name: (typeof DOORS)[number]['name'], shown: readonly Shown[]): string {
  const errors = shown.filter(({ kind }) => kind === 'error');
  let left = shown.filter(({ kind }) => kind !== 'error');
  const sections: string[] = [];
  for (const [title, holds] of SECTIONS) {
    const its = left.filter(holds);
    left = left.filter((one) => !holds(one));
    if (its.length > 0) sections.push(`### ${title}`, ...its.map(drawShown));
  }
  if (errors.length > 0) sections.push(`### ${errorsOf(name)}`, drawErrors(errors));
  return [`## ${name}`, ABOUT[name], ...sections].join('\n\n');
}

function drawErrors(errors: readonly Shown[]): string {
  const rows = errors.map(({ name, comment, members }) => {
    const code = members.find((member) => member.name === 'code')?.type ?? '';
    const facts = members.flatMap((member) =>
      ['code', 'name', 'constructor', 'of'].includes(member.name) ? [] : [`\`${member.name}\``],
    );
    return [`\`${name}\``, codeOf(code), facts.join(' '), proseOf(comment)];
  });
  return table(['Error', '`code`', 'Facts', 'When'], rows);
}

function drawShown(shown: Shown): string {
  const { name, kind, signatures, comment, members } = shown;
  const parts = [`#### ${name}`, proseOf(comment), besides(shown)];
  const isLong = kind === 'interface' || kind === 'class' || members.length > 0;
  if (!isLong) parts.push(fenced(signatures));
  parts.push(...tagsOf(comment), ...(comment?.tags.get('example') ?? []).map((text) => fenced([text])));
  if (members.length > 0) parts.push(hasDefaults(name) ? drawOptions(members) : drawMembers(members));
  return parts.filter((part) => part !== '').join('\n\n');
}

/** What it has of others. */
function besides({ parents }: Shown): string {
  return parents.length === 0 ? '' : `*With all of* ${parents.map(codeOf).join(', ')}`;
}

function drawOptions(members: readonly Member[]): string {
  return table(
    ['Option', 'Type', 'Default', 'What'],
    members.map(({ name, type, optional, comment }) => [
      `\`${name}\``,
      codeOf((type ?? '').replaceAll(/ \| (null|undefined)\b/g, '')),
      optional ? inline(comment?.tags.get('default')?.[0] ?? '') : '*required*',
      proseOf(comment),
    ]),
  );
}

function drawMembers(members: readonly Member[]): string {
  return table(
    ['Member', 'What'],
    members.map(({ signature, comment }) => [
      codeOf(signature),
      [
        proseOf(comment),
        ...tagsOf(comment),
        ...(comment?.tags.get('example') ?? []).map((text) => text.split('\n').map(codeOf).join('<br>')),
      ].join('<br>'),
    ]),
  );
}

function tagsOf(comment: Comment | null): readonly string[] {
  const told = (tag: string, word: string): readonly string[] => {
    const texts = comment?.tags.get(tag) ?? [];
    return texts.length === 0 ? [] : [`*${word}* ${texts.map(inline).join('; ')}`];
  };
  return [...told('returns', 'Returns'), ...told('throws', 'Throws')];
}

function proseOf(comment: Comment | null): string {
  return inline(comment?.text ?? '');
}

/** In one paragraph; what stands in a line of its own is a sentence all the same. */
function inline(text: string): string {
  return text
    .replaceAll(/\{@link ([^}]+)\}/g, '`$1`')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('<', '&lt;')
    .replaceAll(/(`[^`]*)&lt;/g, '$1<')
    .trim();
}

function codeOf(text: string): string {
  if (text === '') return '';
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function fenced(lines: readonly string[]): string {
  return `\`\`\`ts\n${lines.join('\n')}\n\`\`\``;
}

function errorsOf(door: string): string {
  return `Errors of ${door}`;
}

function linkTo({ door, kind, name }: Shown): string {
  return `[${name}](#${anchorOf(kind === 'error' ? errorsOf(door) : name)})`;
}

function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map(cell).join(' | ')} |`)
    .join('\n');
}
