import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from './documents/proofs.ts';

describe('the kernel', () => {
  it('declares no dependencies', () => {
    const path = join(repository, 'packages/kernel/package.json');
    const described = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, unknown>>;
    const kinds = ['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies'];
    expect(kinds.filter((kind) => described[kind] !== undefined)).toEqual([]);
  });

  it('runs most of its tests in Chromium as well', () => {
    const inNode = { cwd: repository, exclude: ['packages/kernel/src/node/**', '**/*.live.test.ts'] };
    const files = globSync('packages/kernel/src/**/*.test.ts', inNode);
    const nodeOnly = files.filter((file) => file.endsWith('.node.test.ts'));
    expect(files.length).toBeGreaterThan(50);
    expect(nodeOnly.length / files.length).toBeLessThan(0.15);
    const onlyByName = files.filter(
      (file) =>
        !file.endsWith('.node.test.ts') && /from 'node:/.test(readFileSync(join(repository, file), 'utf8')),
    );
    expect(onlyByName, 'what needs Node must be named .node.test.ts').toEqual([]);
  });
});
