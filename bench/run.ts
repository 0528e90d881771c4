import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type BenchCase, type BenchLine, linesOf } from './bench-case.ts';

const USAGE = `npm run bench -- [topic …] [--case NAME] [--json]

Measures our hot paths beside their rivals, in turn, each case in a process of its own: what V8 has learned from one
must not slow the next one down. Without a topic: all of them.

  --case NAME  only the case of this name
  --json       a JSON line a case and rival: {topic,name,unit,value,rival,rivalValue,ratio};
               ratio says how many times better than the rival we are
  -h, --help   this text
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const known = (await readdir(new URL('./topics/', import.meta.url)))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
  const options = readOptions(args, known);
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(`${USAGE}\ntopics: ${known.join(', ')}\n`);
    return 0;
  }
  const chosen: { readonly topic: string; readonly benchCase: BenchCase }[] = [];
  for (const topic of options.topics) {
    const { cases } = (await import(`./topics/${topic}.ts`)) as { cases: readonly BenchCase[] };
    for (const benchCase of cases) {
      if (options.case === undefined || benchCase.name === options.case) chosen.push({ topic, benchCase });
    }
  }
  const [first, ...others] = chosen;
  if (first === undefined) {
    process.stderr.write(`no case is named ${options.case} in ${options.topics.join(', ')}\n`);
    return 2;
  }
  if (others.length === 0) {
    await measure(first.topic, first.benchCase, options.json);
    return 0;
  }
  let failed = 0;
  for (const { topic, benchCase } of chosen) {
    if (!(await measuredAlone(topic, benchCase.name, options.json))) failed++;
  }
  return failed === 0 ? 0 : 1;
}

async function measure(topic: string, benchCase: BenchCase, json: boolean): Promise<void> {
  const figures = [await benchCase.run()].flat();
  for (const line of linesOf(topic, benchCase, figures)) {
    process.stdout.write(`${json ? JSON.stringify(line) : readable(line)}\n`);
  }
}

/** Measures one case in a process of its own. Answers whether it could be measured. */
async function measuredAlone(topic: string, name: string, json: boolean): Promise<boolean> {
  const args = [fileURLToPath(import.meta.url), topic, '--case', name, ...(json ? ['--json'] : [])];
  const child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code === 0;
}

interface Options {
  readonly topics: readonly string[];
  readonly case: string | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

/** The options, or what is wrong with them. */
function readOptions(args: readonly string[], known: readonly string[]): Options | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        case: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const unknown = positionals.find((topic) => !known.includes(topic));
    if (unknown !== undefined) return `there is no topic ${unknown}; there are: ${known.join(', ')}`;
    const { case: only, json, help } = values;
    return { topics: positionals.length > 0 ? positionals : known, case: only, json, help };
  } catch (error) {
    return (error as Error).message;
  }
}

function readable({ topic, name, unit, value, rival, rivalValue, ratio }: BenchLine): string {
  const ours = `${`${topic}/${name}`.padEnd(36)} ${String(value).padStart(9)} ${unit}`;
  if (rival === undefined) return ours;
  return `${ours.padEnd(64)} ${rival.padEnd(20)} ${String(rivalValue).padStart(9)}   ${ratio}×`;
}
