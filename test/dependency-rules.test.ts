import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { describe, expect, it } from 'vitest';

const repository = resolve(import.meta.dirname, '..');
const config = await extractConfig(join(repository, '.dependency-cruiser.mjs'));
const folders = ['packages', 'systems', 'studio', 'bench', 'scripts', 'test'];

/** Imports that break a rule: which one, the file, and what it imports. Every rule has at least one. */
const planted: readonly (readonly [rule: string, file: string, specifier: string])[] = [
  ['no-cycles', 'packages/kernel/src/time/a.ts', './b.ts'],
  ['resolvable', 'packages/kernel/src/time/nowhere.ts', './missing.ts'],
  ['layer-kernel', 'packages/kernel/src/time/reach.ts', '@sustain/audio'],
  ['layer-kernel-tests', 'packages/kernel/src/time/reach.test.ts', '@sustain/ops'],
  ['layer-stores', 'packages/stores/src/memory/reach.ts', '@sustain/ops'],
  ['layer-stores-tests', 'packages/stores/src/memory/reach.test.ts', '@sustain/audio'],
  ['layer-audio', 'packages/audio/src/wav/reach.ts', '@sustain/stores'],
  ['layer-audio-tests', 'packages/audio/src/wav/reach.test.ts', '@sustain/ops'],
  ['layer-jobs', 'packages/jobs/src/bullmq/reach.ts', '@sustain/stores'],
  ['layer-jobs-tests', 'packages/jobs/src/bullmq/reach.test.ts', '@sustain/audio'],
  ['layer-ops', 'packages/ops/src/health/reach.ts', '@sustain/drills'],
  ['layer-ops-tests', 'packages/ops/src/health/reach.test.ts', '@sustain/audio'],
  ['layer-drills', 'packages/drills/src/reach.ts', '@sustain/console'],
  ['layer-drills-tests', 'packages/drills/src/reach.test.ts', '@sustain/console'],
  ['layer-console', 'packages/console/src/reach.ts', '@sustain/ops'],
  ['layer-console-tests', 'packages/console/src/reach.test.ts', '@sustain/audio'],
  ['layer-systems', 'systems/voice/src/other-system.ts', '@sustain/auralis'],
  ['layer-systems', 'systems/voice/src/studio.ts', '@sustain/studio'],
  ['layer-systems', 'systems/voice/src/other-system.test.ts', '@sustain/auralis'],
  ['layer-packages', 'packages/drills/src/system.ts', '@sustain/auralis'],
  ['kernel-without-packages', 'packages/kernel/src/time/package.ts', 'ws'],
  ['portable', 'packages/kernel/src/time/host.ts', 'node:timers'],
  ['portable', 'packages/audio/src/wav/host.ts', 'node:fs'],
  ['browser-code', 'systems/auralis/src/player/host.ts', 'node:fs'],
  ['browser-code', 'systems/auralis/src/player/kernel-node.ts', '@sustain/kernel/node/index.ts'],
  ['browser-code', 'systems/auralis/src/player/server-side.ts', '../synthesis/index.ts'],
  ['browser-code', 'packages/console/src/host.ts', 'node:fs'],
  ['only-redis', 'packages/stores/src/memory/redis.ts', 'redis'],
  ['only-redis', 'systems/voice/src/queue.ts', 'bullmq'],
  ['only-postgres', 'packages/ops/src/health/postgres.ts', 'pg'],
  ['only-webgpu', 'systems/auralis/src/synthesis/cpu-engine.ts', 'webgpu'],
  ['only-fastify', 'packages/ops/src/health/routes.ts', 'fastify'],
  ['only-fastify', 'systems/auralis/src/main-with-fastify.ts', 'fastify'],
  ['through-index-0', 'packages/kernel/src/top.ts', './faults/fault.ts'],
  ['through-index-0', 'packages/kernel/src/time/sideways.ts', '../faults/fault.ts'],
  ['through-index-1', 'packages/kernel/src/policies/retry/sideways.ts', '../breaker/breaker.ts'],
  ['through-index-2', 'packages/kernel/src/policies/retry/backoff/sideways.ts', '../jitter/jitter.ts'],
  ['packages-by-entry', 'packages/ops/src/health/inner.ts', '@sustain/kernel/faults/fault.ts'],
  ['packages-by-entry', 'studio/src/inner.ts', '@sustain/auralis/synthesis/engine.ts'],
  ['source-without-tests', 'packages/ops/src/health/test.ts', './health.test.ts'],
  ['source-without-tests', 'packages/stores/src/memory/suite.ts', '../contract.suite.ts'],
  ['source-without-tests', 'packages/stores/src/memory/fixture.ts', './store.fixture.ts'],
  ['source-without-tests', 'packages/ops/src/health/bench.ts', '../../../../bench/case.ts'],
  ['source-without-tests', 'studio/src/script.ts', '../../scripts/build.ts'],
  ['source-without-tests', 'studio/src/document.ts', '../../docs/example.ts'],
  ['declared', 'packages/ops/src/health/undeclared.ts', 'undeclared'],
];

/** Imports that no rule may mind. */
const allowed: readonly (readonly [file: string, specifier: string])[] = [
  ['packages/kernel/src/time/b.ts', './a.ts'], // the other half of the cycle, which is reported once
  ['packages/kernel/src/node/carrier.ts', 'node:async_hooks'],
  ['packages/kernel/src/time/time.ts', '../faults/index.ts'],
  ['packages/kernel/src/time/time.test.ts', '@sustain/drills'],
  ['packages/kernel/src/time/property.test.ts', 'undeclared'],
  ['packages/kernel/src/policies/retry/retry.ts', '../breaker/index.ts'],
  ['packages/stores/src/memory/store.ts', '@sustain/kernel'],
  ['packages/stores/src/memory/store.test.ts', '../contract.suite.ts'],
  ['packages/stores/src/redis/store.ts', 'redis'],
  ['packages/stores/src/postgres/store.ts', 'pg'],
  ['systems/auralis/src/synthesis/gpu/gpu.ts', 'webgpu'],
  ['packages/audio/src/devices/microphone.ts', 'node:child_process'],
  ['packages/jobs/src/bullmq/queue.ts', 'bullmq'],
  ['packages/jobs/src/contract.ts', '@sustain/stores/contract.ts'],
  ['packages/jobs/src/in-process/queue.test.ts', '@sustain/stores'],
  ['packages/ops/src/server/server.ts', 'fastify'],
  ['packages/ops/src/health/store.ts', '@sustain/stores/contract.ts'],
  ['packages/drills/src/all.ts', '@sustain/ops'],
  ['packages/console/src/page.ts', '@sustain/ops/server/schemas.ts'],
  ['systems/auralis/src/routes.ts', 'fastify'],
  ['systems/auralis/src/routes.test.ts', 'vitest'],
  ['systems/auralis/src/main.ts', './synthesis/index.ts'],
  ['systems/auralis/src/drills.ts', '@sustain/drills'],
  ['systems/auralis/src/player/page.ts', '@sustain/audio'],
  ['studio/src/main.ts', '@sustain/auralis'],
  ['bench/case.ts', '@sustain/kernel'],
  ['bench/rival.ts', 'redis'],
  ['scripts/build.ts', 'node:fs'],
  ['test/all.test.ts', 'vitest'],
];

/** What the imports above lead to. */
const targets: readonly string[] = [
  ...['kernel', 'stores', 'audio', 'jobs', 'ops', 'drills', 'console'].map(
    (name) => `packages/${name}/src/index.ts`,
  ),
  'packages/kernel/src/faults/fault.ts',
  'packages/kernel/src/faults/index.ts',
  'packages/kernel/src/node/index.ts',
  'packages/kernel/src/policies/breaker/breaker.ts',
  'packages/kernel/src/policies/breaker/index.ts',
  'packages/kernel/src/policies/retry/jitter/jitter.ts',
  'packages/stores/src/contract.suite.ts',
  'packages/stores/src/memory/store.fixture.ts',
  'packages/stores/src/contract.ts',
  'packages/ops/src/health/health.test.ts',
  'packages/ops/src/server/schemas.ts',
  'systems/auralis/src/index.ts',
  'systems/auralis/src/synthesis/engine.ts',
  'systems/auralis/src/synthesis/index.ts',
  'systems/voice/src/index.ts',
  'studio/src/index.ts',
  'docs/example.ts',
];

type ImportStatement = (specifier: string) => string;

const statements: Readonly<Record<string, ImportStatement>> = {
  import: (specifier) => `import * as it from '${specifier}';\nconsole.log(it);\n`,
  'import type': (specifier) =>
    `import type * as It from '${specifier}';\nexport type Imported = typeof It;\n`,
};

/** A repository of our layout with the imports above in it. */
function plant(statement: ImportStatement): string {
  const root = mkdtempSync(join(tmpdir(), 'dependency-rules-'));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write('node_modules/.keep', '');
  for (const target of targets) write(target, 'export const something = 1;\n');
  for (const [, file, specifier] of planted) write(file, statement(specifier));
  for (const [file, specifier] of allowed) write(file, statement(specifier));
  for (const name of ['redis', 'pg', 'fastify', 'bullmq', 'ws', 'webgpu', 'vitest', 'undeclared']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, 'module.exports = 1;\n');
  }
  const workspaces = [
    ...new Set(targets.map((target) => /^(packages|systems)\/[^/]+|^studio/.exec(target)?.[0])),
  ];
  mkdirSync(join(root, 'node_modules/@sustain'));
  for (const workspace of workspaces) {
    if (workspace === undefined) continue;
    const name = workspace.replace(/^.*\//, '');
    const dependencies = { redis: '1', pg: '1', fastify: '1', bullmq: '1', ws: '1', webgpu: '1' };
    const exports = { '.': './src/index.ts', './*': './src/*' };
    write(
      `${workspace}/package.json`,
      JSON.stringify({ name: `@sustain/${name}`, type: 'module', exports, dependencies }),
    );
    symlinkSync(join(root, workspace), join(root, 'node_modules/@sustain', name));
  }
  return root;
}

async function cruiseAll(baseDir: string): Promise<ICruiseResult> {
  const ruleSet = { forbidden: config.forbidden ?? [] };
  const { output } = await cruise(folders, { ...config.options, ruleSet, validate: true, baseDir });
  return output as ICruiseResult;
}

function rulesBrokenBy(result: ICruiseResult): ReadonlyMap<string, readonly string[]> {
  const rules = Map.groupBy(result.summary.violations, ({ from }) => from);
  return new Map([...rules].map(([file, violations]) => [file, violations.map(({ rule }) => rule.name)]));
}

describe('the dependency rules', () => {
  it.each(Object.entries(statements))(
    'fire on every planted %s, and on nothing else',
    async (_kind, statement) => {
      const root = plant(statement);
      try {
        const broken = rulesBrokenBy(await cruiseAll(root));
        for (const [rule, file] of planted)
          expect(broken.get(file), `${file} must break ${rule}`).toContain(rule);
        for (const [file, specifier] of allowed)
          expect(broken.get(file), `${file} may import ${specifier}`).toBeUndefined();
      } finally {
        rmSync(root, { recursive: true });
      }
    },
  );

  it('are all proved here', () => {
    const proved = new Set(planted.map(([rule]) => rule));
    expect([...proved].toSorted()).toEqual(config.forbidden?.map((rule) => rule.name).toSorted());
    expect(config.forbidden?.every((rule) => rule.severity === 'error')).toBe(true);
  });
});

describe('the sources', () => {
  it('break no dependency rule, and all of them are looked at', async () => {
    const result = await cruiseAll(repository);
    expect(result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual(
      [],
    );
    expect(
      result.modules.filter(({ source }) => source.startsWith('packages/kernel/src/')).length,
    ).toBeGreaterThan(20);
  });
});
