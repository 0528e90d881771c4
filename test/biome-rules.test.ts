import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const repository = resolve(import.meta.dirname, '..');
let root: string;

const store = `
export async function save(): Promise<void> {}
export interface Store { save(): Promise<void>; savePerhaps(): Promise<void> | undefined }
export class Disk { async save(): Promise<number> { return 1; } }
export async function identity<T>(value: T): Promise<T> { return value; }
`;

/** Ways to forget a promise, with `import { … } from '@sustain/kernel'` before them. */
const forgotten: readonly string[] = [
  'export function stop() { save(); }',
  'export function stop(store: Store) { store.save(); }',
  'export function stop(store: Store) { store.savePerhaps(); }',
  'export function stop(disk: Disk) { disk.save(); }',
  'export function stop() { new Disk().save(); }',
  'export function stop() { identity(7); }',
  'export function stop() { save().then(() => 7); }',
  'export async function stop() { if (Date.now() > 7) save(); }',
  'export function stop(stores: Store[]) { Promise.all(stores.map((store) => store.save())); }',
  'export function stop(stores: Store[]) { for (const store of stores) store.save(); }',
  'export function stop(stores: Store[]) { stores.forEach(async (store) => { await store.save(); }); }',
  'export function stop() { const save = async () => 7; save(); }',
  'export async function stop(store: Store) { if (store.save()) console.log(7); }',
];

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** Lints a file of `systems/voice`, which may import `@sustain/kernel`, under our configuration. */
function rulesBrokenBy(text: string): string[] {
  const names = ['save', 'type Store', 'Disk', 'identity'].filter((name) =>
    text.includes(name.replace('type ', '')),
  );
  write('systems/voice/src/planted.ts', `import { ${names.join(', ')} } from '@sustain/kernel';\n${text}\n`);
  const { stdout } = spawnSync(
    join(repository, 'node_modules/.bin/biome'),
    ['lint', '--reporter=json', 'systems'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  const report = JSON.parse(stdout) as { readonly diagnostics: readonly { readonly category: string }[] };
  return report.diagnostics.map(({ category }) => category);
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'biome-rules-'));
  for (const file of ['biome.json', '.gitignore', 'tsconfig.base.json', 'tsconfig.json']) {
    copyFileSync(join(repository, file), join(root, file));
  }
  const exports = { '.': './src/index.ts' };
  write('package.json', JSON.stringify({ workspaces: ['packages/*', 'systems/*'] }));
  write('packages/kernel/package.json', JSON.stringify({ name: '@sustain/kernel', type: 'module', exports }));
  write('packages/kernel/src/index.ts', "export * from './time/index.ts';\n");
  write('packages/kernel/src/time/index.ts', "export * from './store.ts';\n");
  write('packages/kernel/src/time/store.ts', store);
  mkdirSync(join(root, 'node_modules/@sustain'), { recursive: true });
  symlinkSync(join(root, 'packages/kernel'), join(root, 'node_modules/@sustain/kernel'));
});

afterAll(() => rmSync(root, { recursive: true }));

describe('Biome, with our configuration', () => {
  it.each(forgotten)('catches: %s', (text) => {
    expect(rulesBrokenBy(text)).toContainEqual(expect.stringMatching(/no(Floating|Misused)Promises/));
  });

  it('lets an awaited promise pass', () => {
    expect(rulesBrokenBy('export async function stop() { await save(); }')).toEqual([]);
  });
});
