import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CodeBlock, Complaint } from './code-blocks.ts';

const repository = resolve(import.meta.dirname, '../..');

/** Programs that any machine has, or that the text around tells the reader to get. */
const everywhere: ReadonlySet<string> = new Set([
  'cd',
  'curl',
  'git',
  'ssh',
  'kill',
  'export',
  'sudo',
  'docker',
]);

/** What npm does without a script of ours. */
const npmOwn: ReadonlySet<string> = new Set(['ci', 'install', 'exec', 'pack']);

/**
 * Complains about commands that do not exist: npm scripts, programs of our packages, subcommands of `sustain`,
 * and files given to `node`.
 */
export function checkShell(block: CodeBlock, sustainCommands: ReadonlySet<string>): Complaint[] {
  return commandsOf(block).flatMap(({ line, words }) => {
    const wrong = problemOf(words, sustainCommands);
    return wrong === undefined ? [] : [`${block.file}:${line}: ${wrong}`];
  });
}

interface ShellCommand {
  readonly line: number;
  readonly words: readonly string[];
}

/** One entry a simple command; comments, prompts and settings before a command (`PORT=1 …`) left out. */
function commandsOf(block: CodeBlock): ShellCommand[] {
  return block.text
    .replaceAll('\\\n', '  ')
    .split('\n')
    .flatMap((text, index) =>
      text
        .replace(/(^|\s)#.*$/, '')
        .split(/&&|\|\||[;|&]/)
        .map((command) => ({ line: block.line + index, words: wordsOf(command) }))
        .filter(({ words }) => words.length > 0),
    );
}

function wordsOf(command: string): string[] {
  const words = command
    .trim()
    .replace(/^\$ /, '')
    .split(/\s+/)
    .filter((word) => word !== '');
  const first = words.findIndex((word) => !/^[A-Z_][A-Z0-9_]*=/.test(word));
  return first === -1 ? [] : words.slice(first);
}

function problemOf(
  [program = '', ...args]: readonly string[],
  sustainCommands: ReadonlySet<string>,
): string | undefined {
  switch (program) {
    case 'npm':
      return npmProblem(args);
    case 'npx':
      return args[0] === 'sustain' ? sustainProblem(args[1], sustainCommands) : binProblem(args[0] ?? '');
    case 'sustain':
      return sustainProblem(args[0], sustainCommands);
    case 'node':
      return existsSync(join(repository, args[0] ?? '')) ? undefined : `there is no file ${args[0]}`;
    default:
      return everywhere.has(program)
        ? undefined
        : `"${program}" is not a program that readers can be expected to have`;
  }
}

function npmProblem([verb = '', name = '']: readonly string[]): string | undefined {
  if (npmOwn.has(verb)) return undefined;
  const script = verb === 'run' ? name : verb;
  return script in scripts() ? undefined : `there is no npm script "${script}"`;
}

function sustainProblem(command: string | undefined, known: ReadonlySet<string>): string | undefined {
  if (command === undefined || command.startsWith('-') || known.has(command)) return undefined;
  return `sustain has no command "${command}"; there are: ${[...known].join(', ')}`;
}

function binProblem(name: string): string | undefined {
  return existsSync(join(repository, 'node_modules/.bin', name))
    ? undefined
    : `no package brings a program "${name}"`;
}

function scripts(): Readonly<Record<string, string>> {
  const text = readFileSync(join(repository, 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly scripts: Readonly<Record<string, string>> }).scripts;
}
