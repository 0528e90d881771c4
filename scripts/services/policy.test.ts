import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withoutServiceStart } from './policy.ts';

let folder: string;
let path: string;
const theirs = '#!/bin/sh\nexit 104\n';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-test-'));
  path = join(folder, 'policy-rc.d');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('withoutServiceStart', () => {
  it('forbids starts while it works, and leaves nothing behind', async () => {
    await withoutServiceStart(async () => {
      expect(readFileSync(path, 'utf8')).toContain('exit 101');
      expect(statSync(path).mode & 0o777).toBe(0o755);
    }, path);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('puts back what the machine had, though the work fails', async () => {
    writeFileSync(path, theirs, { mode: 0o700 });
    const work = withoutServiceStart(() => Promise.reject(new Error('no mirror answers')), path);
    await expect(work).rejects.toThrow('no mirror answers');
    expect(readFileSync(path, 'utf8')).toBe(theirs);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder)).toEqual(['policy-rc.d']);
  });

  it('puts back what an earlier run, killed in the middle, had put aside', async () => {
    await withoutServiceStart(async () => {
      writeFileSync(join(folder, 'ours'), readFileSync(path));
    }, path);
    renameSync(join(folder, 'ours'), path);
    writeFileSync(`${path}.before-sustain`, theirs);
    await withoutServiceStart(() => Promise.resolve(), path);
    expect(readFileSync(path, 'utf8')).toBe(theirs);
    expect(readdirSync(folder)).toEqual(['policy-rc.d']);
  });
});
