/** What each package shows, and what its JSDoc says of it, read with the compiler that checks it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Node } from 'typescript/unstable/ast';
import { SyntaxKind } from 'typescript/unstable/ast';
import { API, SymbolFlags } from 'typescript/unstable/sync';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Where users come in. */
export const DOORS = [
  { name: '@celeriac/client', file: 'client/src/index.ts' },
  { name: '@celeriac/client/react', file: 'client/src/react/index.ts' },
  { name: '@celeriac/worker', file: 'worker/src/index.ts' },
  { name: '@celeriac/gateway', file: 'gateway/src/index.ts' },
  { name: '@celeriac/token', file: 'token/src/index.ts' },
] as const;

export interface Comment {
  /** Without tags. */
  readonly text: string;
  /** By their names, such as `throws`; one that comes twice has two texts. */
  readonly tags: ReadonlyMap<string, readonly string[]>;
}

const AS_ITS_BASE: Comment = { text: 'As in its base class.', tags: new Map() };

export interface Member {
  readonly name: string;
  /** As it is declared, in one line. */
  readonly signature: string;
  readonly type: string | null;
  readonly optional: boolean;
  readonly comment: Comment | null;
}

export interface Shown {
  readonly door: string;
  readonly name: string;
  readonly kind: 'class' | 'error' | 'function' | 'interface' | 'type' | 'value';
  /** As it is declared; of a class or interface the head alone. A function that is overloaded has several. */
  readonly signatures: readonly string[];
  readonly comment: Comment | null;
  /** Of each of several signatures. */
  readonly comments: readonly (Comment | null)[];
  readonly members: readonly Member[];
  /** What it extends and implements. */
  readonly parents: readonly string[];
  /** From the root. */
  readonly file: string;
}

/** Everything that users can import, by door and name. */
export function readShown(): readonly Shown[] {
  const api = new API({ cwd: ROOT });
  try {
    const snapshot = api.updateSnapshot({ openProject: `${ROOT}tsconfig.check.json` });
    const [project] = snapshot.getProjects();
    if (project === undefined) throw new Error('tsconfig.check.json is no project');
    const { program, checker } = project;
    return DOORS.flatMap(({ name: door, file }) => {
      const source = program.getSourceFile(ROOT + file);
      const module = source && checker.getSymbolAtLocation(source);
      if (module === undefined) throw new Error(`${file} is no module`);
      return checker
        .getExportsOfModule(module)
        .map((exported) => {
          const isAlias = (exported.flags & SymbolFlags.Alias) !== 0;
          const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
          const nodes = symbol.declarations.flatMap((handle) => handle.resolve(project) ?? []);
          return shownOf(door, exported.name, nodes);
        })
        .filter((shown) => shown.comment?.tags.has('internal') !== true);
    });
  } finally {
    api.close();
  }
}

function shownOf(door: string, name: string, nodes: readonly Node[]): Shown {
  const [first] = nodes;
  if (first === undefined) throw new Error(`${name} is declared nowhere`);
  const file = first.getSourceFile().fileName;
  const parents = childrenOf(first, 'heritageClauses')
    .flatMap((clause) => childrenOf(clause, 'types'))
    .map((type) => oneLine(textOf(type)));
  const common = { door, name, parents, comments: [], file: file.slice(ROOT.length) };
  const comment = nodes.map(commentOf).find((one) => one !== null) ?? null;
  switch (first.kind) {
    case SyntaxKind.ClassDeclaration:
    case SyntaxKind.InterfaceDeclaration: {
      const head = headOf(first);
      const isError = name === 'CeleriacError' || / extends (CeleriacError|Error)\b/.test(head);
      const kind = first.kind === SyntaxKind.InterfaceDeclaration ? 'interface' : isError ? 'error' : 'class';
      const members = withoutImplementations(childrenOf(first, 'members')).flatMap(memberOf);
      return { ...common, kind, signatures: [head], comment, members };
    }
    case SyntaxKind.FunctionDeclaration: {
      // The last of several is their implementation, which nobody sees.
      const seen = nodes.length > 1 ? nodes.filter((node) => childOf(node, 'body') === undefined) : nodes;
      const comments = seen.map(commentOf);
      return { ...common, kind: 'function', signatures: seen.map(headOf), comment, comments, members: [] };
    }
    case SyntaxKind.TypeAliasDeclaration: {
      const type = childOf(first, 'type');
      const members =
        type?.kind === SyntaxKind.TypeLiteral ? childrenOf(type, 'members').flatMap(memberOf) : [];
      return {
        ...common,
        kind: 'type',
        signatures: [
          oneLine(textOf(first))
            .replace(/^export /, '')
            .replace(' = | ', ' = '),
        ],
        comment,
        members,
      };
    }
    default: {
      // A variable: its comment stands before the statement.
      const statement = first.parent.parent;
      return {
        ...common,
        kind: 'value',
        signatures: [headOf(first)],
        comment: commentOf(statement),
        members: [],
      };
    }
  }
}

function memberOf(node: Node): readonly Member[] {
  const name = childOf(node, 'name');
  const named = name === undefined ? nameless(node) : textOf(name);
  if (named === null || named.startsWith('#') || /^\[(?!Symbol|DISPOSE|ASYNC_DISPOSE)/.test(named)) return [];
  const comment = commentOf(node);
  // What says no more than its base class is told of there; but for a code, which is another one.
  const isNarrower = comment === null && /^declare\b/.test(textOf(node));
  if (comment?.tags.has('internal') || (comment === null && /^override\b/.test(textOf(node)))) return [];
  // Most classes are made by us: a constructor that users call has words of its own.
  if (named === 'constructor' && (comment === null || comment.text === '')) return [];
  const type = childOf(node, 'type');
  return [
    {
      name: named,
      signature: headOf(node),
      type: type === undefined ? null : oneLine(textOf(type)),
      optional: childOf(node, 'postfixToken') !== undefined || /^[\w ]+\?:/.test(headOf(node)),
      comment: isNarrower ? AS_ITS_BASE : comment,
    },
  ];
}

/** Of a method that is overloaded, the declaration with the body is what nobody sees. */
function withoutImplementations(members: readonly Node[]): readonly Node[] {
  const nameOf = (node: Node): string => textOf(childOf(node, 'name') ?? node);
  const overloads = members.filter(
    (node) => node.kind === SyntaxKind.MethodDeclaration && childOf(node, 'body') === undefined,
  );
  const names = new Set(overloads.map(nameOf));
  return members.filter((node) => childOf(node, 'body') === undefined || !names.has(nameOf(node)));
}

function nameless(node: Node): string | null {
  if (node.kind === SyntaxKind.Constructor) return 'constructor';
  return node.kind === SyntaxKind.CallSignature ? '()' : null;
}

/** Up to the body or the value. */
function headOf(node: Node): string {
  const text = textOf(node);
  const start = node.getStart();
  const members = Reflect.get(node, 'members') as readonly Node[] | undefined;
  const isBlock = node.kind === SyntaxKind.ClassDeclaration || node.kind === SyntaxKind.InterfaceDeclaration;
  if (isBlock && members !== undefined) return oneLine(text.slice(0, text.indexOf('{'))).trim();
  const given = childOf(node, 'initializer');
  const isArrow = given?.kind === SyntaxKind.ArrowFunction;
  const end = childOf(node, 'body') ?? (isArrow ? childOf(given, 'body') : given);
  const head = end === undefined ? text : text.slice(0, end.getFullStart() - start);
  return (
    oneLine(head)
      .replace(/ ?=>? ?$/, '')
      // A function that is kept in a field is called as any other.
      .replace(isArrow ? / = (?:async )?(?=\()/ : / ?=>? ?$/, '')
      .replace(/^(export |override |declare |async |readonly )+/, '')
      .replace(/^async \*/, '*')
      .replace(/^\[(ASYNC_)?DISPOSE\]/, (_, isAsync) => `[Symbol.${isAsync ? 'asyncDispose' : 'dispose'}]`)
      .replace(/;$/, '')
  );
}

/** The JSDoc block right before a declaration. */
function commentOf(node: Node): Comment | null {
  const source = readSource(node.getSourceFile().fileName);
  const before = source.slice(node.getFullStart(), node.getStart());
  const block = before.match(/\/\*\*(?:(?!\*\/)[\s\S])*\*\/(?=\s*$)/)?.[0];
  return block === undefined ? null : readComment(block);
}

export function readComment(block: string): Comment {
  const lines = block
    .slice(3, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  const tags = new Map<string, string[]>();
  const text: string[] = [];
  let into = text;
  for (const line of lines
    .join('\n')
    .split(/\n(?=@)|(?<=\S) (?=@(?:throws|returns|default|example|param)\b)/)) {
    const tag = line.trim().match(/^@(\w+)\s*([\s\S]*)$/);
    if (tag === null) into.push(line);
    else {
      const [, name = '', rest = ''] = tag;
      tags.set(name, [...(tags.get(name) ?? []), rest.trim()]);
      into = text;
    }
  }
  return { text: text.join('\n').trim(), tags };
}

const sources = new Map<string, string>();
function readSource(path: string): string {
  const source = sources.get(path) ?? readFileSync(path, 'utf8');
  sources.set(path, source);
  return source;
}

function textOf(node: Node): string {
  return readSource(node.getSourceFile().fileName).slice(node.getStart(), node.getEnd());
}

/** Comments inside a declaration belong to its members. */
function oneLine(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/([([]) | (?=[)\]])/g, '$1')
    .replaceAll(/,(?= ?[)\]])/g, '')
    .trim();
}

function childOf(node: Node, key: string): Node | undefined {
  return Reflect.get(node, key) as Node | undefined;
}

function childrenOf(node: Node, key: string): readonly Node[] {
  return [...((Reflect.get(node, key) as Iterable<Node> | undefined) ?? [])];
}
