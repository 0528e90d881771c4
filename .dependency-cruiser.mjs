// Who may import whom, as errors. Type imports count. test/dependency-rules.test.ts proves of every rule that it
// fires. `npm run check:dependencies` shows what the real sources break.

const tests = '\\.(test|suite|fixture)\\.ts$|/fixtures/|^(packages|systems)/[^/]+/test/|^studio/test/';
const workspaces = '^(packages|systems|studio|bench|scripts)/';

/** What each layer may import from this repository, besides itself. Tests may import the drills as well. */
const layers = {
  kernel: [],
  stores: ['kernel'],
  audio: ['kernel'],
  jobs: ['kernel', 'stores/src/contract'],
  ops: ['kernel', 'stores/src/contract'],
  drills: ['kernel', 'stores', 'audio', 'jobs', 'ops'],
  console: ['ops/src/server/schemas'],
};

function layerRules([name, allowed]) {
  const own = `^packages/${name}/`;
  const others = allowed.map((path) => `^packages/${path}[/.]`);
  const whole = allowed.map((path) => `^packages/${path.split('/', 1)[0]}/`);
  const comment = `${name} → ${allowed.join(', ') || 'nothing'}`;
  return [
    {
      name: `layer-${name}`,
      comment,
      severity: 'error',
      from: { path: own, pathNot: tests },
      to: { path: workspaces, pathNot: [own, ...others] },
    },
    {
      name: `layer-${name}-tests`,
      comment: `${comment}; its tests → all of these packages, and drills`,
      severity: 'error',
      from: { path: `${own}.*(${tests})` },
      to: { path: workspaces, pathNot: [own, ...whole, '^packages/drills/'] },
    },
  ];
}

/** Only these files may import that npm package. */
function onlyIn(name, packages, files, comment) {
  return {
    name: `only-${name}`,
    comment,
    severity: 'error',
    from: { path: workspaces, pathNot: ['^bench/', files] },
    to: { path: `(^|/)node_modules/(${packages})/` },
  };
}

/** A folder is entered through its index.ts: `depth` folders below src, from the sibling folders and files. */
function indexRule(depth) {
  const root = '^((?:packages/[^/]+|systems/[^/]+|studio)/src';
  const from = `${root}${'/[^/]+'.repeat(depth)})/([^/]+)`;
  return {
    name: `through-index-${depth}`,
    comment: "siblings meet through a folder's index.ts",
    severity: 'error',
    from: { path: from },
    to: { path: '^$1/[^/]+/.+', pathNot: ['^$1/$2/', '^$1/[^/]+/index\\.ts$'] },
  };
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'what depends on each other in a circle can only be understood at once',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'an import that leads nowhere hides what it would break',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...Object.entries(layers).flatMap(layerRules),
    {
      name: 'layer-systems',
      comment: 'systems → packages; they meet each other only through ports that the studio connects',
      severity: 'error',
      from: { path: '^(systems/[^/]+)/' },
      to: { path: workspaces, pathNot: ['^$1/', '^packages/'] },
    },
    {
      name: 'layer-packages',
      comment: 'packages know neither systems nor the studio',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(systems|studio)/' },
    },
    {
      name: 'kernel-without-packages',
      comment: 'the kernel has no dependencies',
      severity: 'error',
      from: { path: '^packages/kernel/', pathNot: tests },
      to: { path: '(^|/)node_modules/' },
    },
    {
      name: 'portable',
      comment: 'kernel and audio run in browsers: node: only in src/node and src/devices',
      severity: 'error',
      from: {
        path: '^packages/(kernel|audio)/src/',
        pathNot: [tests, '^packages/[^/]+/src/(node|devices)/'],
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'browser-code',
      comment: 'pages import themselves, npm packages, and what kernel and audio have for browsers',
      severity: 'error',
      from: { path: '^(packages/console|systems/[^/]+/src/player)/', pathNot: tests },
      to: {
        pathNot: [
          '^$1/',
          '(^|/)node_modules/',
          '^packages/kernel/src/(?!node/)',
          '^packages/audio/src/(?!node/|devices/)',
          '^packages/ops/src/server/schemas[/.]',
        ],
      },
    },
    onlyIn(
      'redis',
      'redis|@redis|ioredis|bullmq',
      '^packages/(stores/src/redis|jobs/src/bullmq)/',
      'Redis is one store of several',
    ),
    onlyIn('postgres', 'pg|postgres', '^packages/stores/src/postgres/', 'PostgreSQL is one store of several'),
    onlyIn('webgpu', 'webgpu', '^systems/auralis/src/synthesis/gpu/', 'a GPU is one engine of several'),
    onlyIn(
      'fastify',
      'fastify|@fastify',
      '^packages/ops/src/server/|^systems/[^/]+/src/routes[/.]',
      'routes are at the edge',
    ),
    indexRule(0),
    indexRule(1),
    indexRule(2),
    {
      name: 'packages-by-entry',
      comment: 'packages and systems import each other by name, through what their package.json exports',
      severity: 'error',
      from: { path: '^(packages/[^/]+|systems/[^/]+|studio|bench)/' },
      to: {
        path: '^(packages|systems)/[^/]+/src/',
        pathNot: [
          '^$1/',
          '/src/index\\.ts$',
          '/src/[^/]+/index\\.ts$',
          '^packages/stores/src/[^/]+/internal',
          '^packages/stores/src/contract',
          '^packages/ops/src/server/schemas',
          '^packages/ops/src/log/analysis/index\\.ts$',
          '^systems/[^/]+/src/drills\\.ts$',
        ],
      },
    },
    {
      name: 'source-without-tests',
      comment: 'source imports no tests, benchmarks, documents or scripts',
      severity: 'error',
      from: { path: '^(packages|systems|studio)/', pathNot: [tests, '/scripts/'] },
      to: { path: `${tests}|^(bench|test|docs|scripts)/|/scripts/` },
    },
    {
      name: 'declared',
      comment: 'source imports what its own package.json depends on',
      severity: 'error',
      from: { path: '^(packages|systems|studio)/[^/]+/', pathNot: [tests, '/scripts/', '/test/'] },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Blocks of documents run in folders of their own, under .sustain, for as long as that takes.
    exclude: { path: '(^|/)(build|dist|assembly|coverage|[.]sustain)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.mts', '.mjs', '.js', '.d.ts'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
