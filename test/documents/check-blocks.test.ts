import { describe, expect, it } from 'vitest';
import { checkBlocks } from './check-blocks.ts';
import { codeBlocksOf } from './code-blocks.ts';

const commands = new Set(['up']);

/** What is wrong with a document that has text before this block, whose code is on line 5. */
function complaintsAbout(info: string, code: string): Promise<string[]> {
  const document = ['# Title', '', 'Text.', `\`\`\`${info}`, code, '```', 'More text.', ''].join('\n');
  return checkBlocks(codeBlocksOf('docs/example.md', document), commands);
}

describe('codeBlocksOf', () => {
  it('finds language, flags, line and text, also in lists and between tildes', () => {
    const document = [
      '- point',
      '  ```sh run',
      '  echo 1',
      '',
      '    echo 2',
      '  ```',
      '~~~',
      '```',
      '~~~',
    ].join('\n');
    expect(codeBlocksOf('a.md', document)).toEqual([
      { file: 'a.md', line: 3, language: 'sh', flags: ['run'], text: 'echo 1\n\n  echo 2\n' },
      { file: 'a.md', line: 8, language: '', flags: [], text: '```\n' },
    ]);
  });

  it('finds nothing where there is nothing', () => {
    expect(codeBlocksOf('a.md', 'only `inline` code\n')).toEqual([]);
  });
});

describe('ts blocks', () => {
  it('have to compile and, unless they say that they cannot, to run; what is wrong is told by line', async () => {
    const document = [
      '```ts',
      "import { severity } from '@sustain/kernel';",
      "if (severity.ERROR !== 4) throw new Error('our packages are found');",
      '```',
      '```ts no-run',
      "import { severity } from '@sustain/kernel';",
      'export const level: string = severity.ERROR;',
      '```',
      '```ts no-run',
      "import { nothing } from '@sustain/kernel';",
      'nothing();',
      '```',
      '```ts no-run',
      "throw new Error('is not run');",
      '```',
      '```ts',
      "throw new Error('does not work');",
      '```',
    ].join('\n');
    expect(await checkBlocks(codeBlocksOf('docs/example.md', document), commands)).toEqual([
      expect.stringMatching(/^docs\/example\.md:7: .*not assignable/),
      expect.stringMatching(/^docs\/example\.md:10: .*nothing/),
      expect.stringMatching(/^docs\/example\.md:17: failed.*does not work/s),
    ]);
  });
});

describe('a sh block', () => {
  it.each([
    'npm ci && npm test',
    'npm run bench -- engines --json   # measures',
    'SUSTAIN_PORT=5000 npx sustain up auralis --seed 7',
    'sustain --help',
    'npx vitest run packages/kernel',
    'node scripts/services.ts list',
    '# only a comment',
    'curl -s http://127.0.0.1:4400/health | \\\n  curl -d @- http://127.0.0.1:4400/',
  ])('passes: %s', async (code) => {
    expect(await complaintsAbout('sh', code)).toEqual([]);
  });

  it.each([
    ['npm run fly', 'there is no npm script "fly"'],
    ['npm fly', 'there is no npm script "fly"'],
    ['npm ci\nnpx sustain fly', 'example.md:6: sustain has no command "fly"; there are: up'],
    ['npx unknown-tool', 'no package brings a program "unknown-tool"'],
    ['node scripts/fly.ts', 'there is no file scripts/fly.ts'],
    ['frobnicate --now', '"frobnicate" is not a program'],
  ])('is told: %s', async (code, message) => {
    expect(await complaintsAbout('sh', code)).toEqual([expect.stringContaining(message)]);
  });

  it('is run when it asks for it, and told when it fails', async () => {
    expect(await complaintsAbout('sh run', 'cd packages && cd kernel')).toEqual([]);
    expect(await complaintsAbout('sh run', 'cd packages\ncd nowhere')).toEqual([
      expect.stringMatching(/:5: failed.*nowhere/s),
    ]);
    expect(await complaintsAbout('sh', 'cd nowhere')).toEqual([]);
  });
});

describe('other blocks', () => {
  it('are told when JSON does not parse', async () => {
    expect(await complaintsAbout('json', '{ "a": 1 }')).toEqual([]);
    expect(await complaintsAbout('json', '{ a: 1 }')).toEqual([
      expect.stringMatching(/^docs\/example\.md:5: .*JSON/),
    ]);
  });

  it('may be plain text, but not of a language that nobody checks', async () => {
    expect(await complaintsAbout('text', 'a → b')).toEqual([]);
    expect(await complaintsAbout('', 'a → b')).toEqual([expect.stringContaining('got ""')]);
    expect(await complaintsAbout('cobol', 'DISPLAY')).toEqual([expect.stringContaining('got "cobol"')]);
  });
});
