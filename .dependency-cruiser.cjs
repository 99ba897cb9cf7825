// The import law of the house. Every rule has a name that its violation prints.
// Sources are parsed by swc: dependency-cruiser cannot use TypeScript 7, and without a parser it sees no module.

const TEST = '[.](test|test-d|spec)[.]tsx?$|/test/|/conformance/';
const OURS = [
  'protocol',
  'runtime',
  'token',
  'client',
  'worker',
  'gateway',
  'cli',
  'demo-web',
  'bench',
  'chaos',
  'e2e',
  'examples',
  'tools',
];
const anyOf = (names) => `^(${names.join('|')})/`;
const allBut = (...allowed) => anyOf(OURS.filter((name) => !allowed.includes(name)));

/** A package imports nothing of ours but itself and these. */
const packageLaw = (name, ...allowed) => ({
  name: `${name}-imports-only-${allowed.length === 0 ? 'itself' : allowed.join('-')}`,
  severity: 'error',
  from: { path: `^${name}/` },
  to: { path: allBut(name, ...allowed) },
});

/**
 * What a package stands on, from the ground up: files that all of it may import, then its folders, each of which imports
 * itself and those before it. What else lies directly in src puts them together, on top.
 */
const FLOORS = {
  gateway: { ground: [], floors: ['core', 'engine', 'events', 'broker', 'transport'] },
  client: {
    ground: ['environment', 'guarded', 'hosting', 'inside', 'signals', 'store'],
    floors: [
      'options',
      'values',
      'record',
      'streams',
      'connection',
      'result',
      'execution',
      'task',
      'monitor',
    ],
  },
  worker: {
    ground: ['errors', 'source-flags', 'version'],
    floors: ['session', 'registry', 'life', 'pool', 'attempts', 'host'],
  },
};

const floorLaws = Object.entries(FLOORS).flatMap(([name, { ground, floors }]) => {
  const src = `^${name}/src/`;
  const stones = ground.map((file) => `${src}${file}[.]ts$`);
  const only = (rule, path, below) => ({
    name: `${name}-${rule}-imports-only-downward`,
    severity: 'error',
    // Tests of a floor stand on the whole house, but for the gateway's.
    from: name === 'gateway' ? { path } : { path, pathNot: TEST },
    // What comes later is not stood upon.
    to: { path: src, pathNot: [...stones, ...below], dependencyTypesNot: ['dynamic-import'] },
  });
  return [
    ...stones.map((path, index) => only(ground[index], path, [])),
    ...floors.map((floor, index) =>
      only(floor, `${src}${floor}/`, [`${src}(${floors.slice(0, index + 1).join('|')})/`]),
    ),
  ];
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Not even of types: what needs each other to be read is one thing, or needs a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment:
        'Also catches deep imports: a path that exports does not name cannot be resolved. (The command loads what is built; the peers of the bench are installed when it runs.)',
      severity: 'error',
      from: { pathNot: '^bench/peers/' },
      to: { couldNotResolve: true, pathNot: 'dist/main[.]js$' },
    },
    {
      name: 'public-doors-only',
      comment: 'Another package is imported by its name, never by a path into its folders.',
      severity: 'error',
      from: { path: `^(${OURS.join('|')}|[^/]+[.]config[.]ts$)/?` },
      to: {
        path: anyOf(OURS),
        pathNot: '^$1/',
        dependencyTypes: ['local'],
        dependencyTypesNot: ['aliased-workspace'],
      },
    },
    packageLaw('protocol'),
    packageLaw('runtime', 'protocol'),
    packageLaw('token'),
    packageLaw('client', 'protocol', 'runtime'),
    packageLaw('gateway', 'protocol', 'runtime', 'token'),
    packageLaw('worker', 'client', 'protocol', 'runtime'),
    {
      name: 'nothing-imports-the-outside',
      comment: 'Tools, benchmarks, tests and examples are leaves.',
      severity: 'error',
      from: {
        path: anyOf(['protocol', 'runtime', 'token', 'client', 'worker', 'gateway', 'cli', 'demo-web']),
      },
      to: { path: '^(bench|chaos|e2e|examples|tools)/' },
    },
    {
      name: 'inner-doors-open-to-our-packages-only',
      comment:
        'What users write, and what stands for it, needs public doors alone. Of the runtime no door is one.',
      severity: 'error',
      from: { path: ['^(bench|e2e|examples)/', '^demo-web/(?!server/|supervisor/)'] },
      to: {
        path: [
          '^(protocol|token|worker|gateway)/src/internal[.]ts$',
          '^client/src/hosting-door[.]ts$',
          '^cli/src/hosting/signals[.]ts$',
          '^runtime/',
        ],
      },
    },
    {
      name: 'testing-doors-open-to-proofs-only',
      comment: 'What a package shows there is its inside, which may change any day.',
      severity: 'error',
      from: { pathNot: '^chaos/' },
      to: { path: '^(client|worker|gateway)/src/testing[.]ts$' },
    },
    {
      name: 'the-manual-clock-is-for-tests-only',
      severity: 'error',
      from: { pathNot: ['^chaos/', `^(runtime|client|worker|gateway|cli)/(test/|.*(${TEST}))`] },
      to: { path: '^runtime/src/testing[.]ts$' },
    },
    {
      name: 'isomorphic-imports-no-node',
      comment:
        'These run in browsers, or wherever a backend runs. The runtime has a door of its own for Node.',
      severity: 'error',
      from: { path: '^(protocol|runtime|token|client)/src/', pathNot: `${TEST}|^runtime/src/node[.]ts$` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'isomorphic-imports-no-node-door',
      severity: 'error',
      from: { path: '^(protocol|runtime|token|client)/src/' },
      to: { path: '^runtime/src/node[.]ts$' },
    },
    ...floorLaws,
    {
      name: 'client-imports-no-react',
      comment: 'Its hooks stand on the whole client, which knows nothing of them.',
      severity: 'error',
      from: { path: '^client/src/', pathNot: '^client/src/react/' },
      to: { path: '^client/src/react/' },
    },
    {
      name: 'page-imports-only-client-and-react',
      comment: 'The browser source of the page is what a user would write.',
      severity: 'error',
      from: { path: '^demo-web/src/', pathNot: TEST },
      to: {
        pathNot: [
          '^demo-web/(?!supervisor/)',
          '^client/',
          '(^|/)node_modules/(@types/)?(react|react-dom|scheduler|uplot|@tanstack/(react-virtual|virtual-core))/',
        ],
      },
    },
    {
      name: 'sources-import-no-tests',
      severity: 'error',
      from: { path: '/src/', pathNot: TEST },
      to: { path: TEST, pathNot: 'node_modules' },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: ['node_modules', '(^|/)dist/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['celeriac-source', 'import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
