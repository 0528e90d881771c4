import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const repository = resolve(import.meta.dirname, '..');
const sources = ['{packages,systems}/*/{src,test}/**/*.ts', 'studio/{src,test}/**/*.ts', 'scripts/**/*.ts'];

/** Where the host is asked: by the clock itself, by pages, which nobody gives a clock, and by tests of real time. */
const allowed = [
  'packages/kernel/src/time/**',
  'systems/*/src/player/**',
  '**/*.live.test.ts',
  '**/*.crash.test.ts',
  '**/build/**',
  '**/assembly/**',
];

const hostTimeAndChance =
  /\b(Date\.now|performance\.now|setTimeout|setInterval|Math\.random|randomUUID)\b|new Date\(\)/;

/** The lines that ask the host for time or chance; comments do not count. */
function asksIn(text: string): string[] {
  const code = text.replace(/\/\*.*?\*\//gs, '').replace(/(^|\s)\/\/.*$/gm, '');
  return code.split('\n').filter((line) => hostTimeAndChance.test(line));
}

describe('time and chance', () => {
  it('come from a Clock and a Random everywhere, so that everything can be replayed from a seed', () => {
    const files = globSync(sources, { cwd: repository, exclude: allowed });
    expect(files.length).toBeGreaterThan(50);
    const asks = files.flatMap((file) =>
      asksIn(readFileSync(join(repository, file), 'utf8')).map((line) => `${file}: ${line.trim()}`),
    );
    expect(asks).toEqual([]);
  });

  it.each([
    'await setTimeout(5);',
    'const x = Math.random();',
    'new Date()',
    "import { setTimeout } from 'node:timers/promises';",
    'a(Date.now)',
  ])('would be seen: %s', (line) => expect(asksIn(`/* time */\n${line} // Date.now\n`)).toHaveLength(1));

  it.each([
    'new Date(0).toISOString()',
    'clock.monotonicMs()',
    'await setImmediate();',
    '// Math.random',
    '/** setTimeout */',
    'const mySetTimeouts = 1;',
  ])('are not meant by: %s', (line) => expect(asksIn(line)).toEqual([]));
});
