import process from 'node:process';
import { type SeverityName, systemClock } from '@sustain/kernel';
import {
  analyzeLogs,
  findLogFiles,
  type LogFilter,
  readLogBatches,
  readLogs,
  tailLogs,
  timelineOf,
} from '@sustain/ops/log/analysis';
import { type Command, Option } from 'commander';
import { levelName, pointInTime, wholeNumber } from './arguments.ts';
import { jsonLine, prettyLine } from './entry-line.ts';
import { analysisText } from './print-analysis.ts';
import { runOnLogs } from './run.ts';

interface CommonOptions {
  readonly folder: string;
  readonly json?: true;
}

interface TailOptions extends CommonOptions {
  readonly follow?: true;
  readonly lines: number;
  readonly level?: SeverityName;
  readonly module?: string;
}

interface SearchOptions extends CommonOptions {
  readonly level?: SeverityName;
  readonly module?: string;
  readonly code?: string;
  readonly operation?: string;
  readonly since?: number;
  readonly until?: number;
  readonly limit?: number;
}

interface AnalyzeOptions extends CommonOptions {
  readonly since?: number;
  readonly until?: number;
  readonly slow: number;
  readonly operation?: string;
  readonly around: number;
}

/** Adds `logs tail`, `logs search` and `logs analyze`. Their actions reject with Interrupted on Ctrl-C. */
export function addLogsCommand(program: Command): void {
  const logs = program
    .command('logs')
    .description('read the logs: those being written, the rotated and the gzipped ones, of all processes');
  const time = pointInTime(systemClock.wallMs());
  const since = () =>
    new Option('--since <time>', 'from then on: 90s, 15m, 2h, 7d ago, or ISO 8601').argParser(time);
  const until = () => new Option('--until <time>', 'up to then').argParser(time);
  const level = () => new Option('--level <level>', 'at least this bad').argParser(levelName);
  const module = () => new Option('--module <name>', 'of this module and its parts');

  common(logs.command('tail'))
    .description('print the last entries')
    .option('-f, --follow', 'and those that are written from now on, until Ctrl-C')
    .addOption(
      new Option('-n, --lines <number>', 'how many')
        .default(20)
        .argParser(wholeNumber('a number of lines', 0, 1e6)),
    )
    .addOption(level())
    .addOption(module())
    .action(tail);
  common(logs.command('search'))
    .description('print the entries for which all of this holds')
    .argument(
      '[text]',
      'occurs in the message, module, code, ids, context or error; in small or capital letters',
    )
    .addOption(level())
    .addOption(module())
    .option('--code <code>', 'with this error code: SYNTHESIS_FAILED')
    .option('--operation <id>', 'of this operation')
    .addOption(since())
    .addOption(until())
    .addOption(new Option('--limit <number>', 'only the first').argParser(wholeNumber('a limit', 1, 1e9)))
    .action(search);
  common(logs.command('analyze'))
    .description('count: faults, their rates and trends, slow operations, modules, sessions')
    .addOption(since())
    .addOption(until())
    .addOption(
      new Option('--slow <ms>', 'an operation is slow from here on')
        .default(1000)
        .argParser(wholeNumber('a time', 0, 1e9)),
    )
    .option('--operation <id>', 'instead: what happened in this operation, and around it')
    .addOption(
      new Option('--around <seconds>', 'how far around it')
        .default(5)
        .argParser(wholeNumber('a time', 0, 86_400)),
    )
    .action(analyze);
}

function common(command: Command): Command {
  return command
    .addOption(
      new Option('--folder <path>', 'the folder of the logs, or one file')
        .env('SUSTAIN_LOGS')
        .default('logs'),
    )
    .option('--json', 'JSON for programs');
}

async function tail({ folder, json, follow, lines, level, module }: TailOptions): Promise<void> {
  await runOnLogs(async ({ print, signal, troubles }) => {
    const line = entryLine(json);
    const options = { count: lines, follow: follow === true, signal, troubles };
    for await (const entry of tailLogs(folder, { level, module }, options)) await print(line(entry));
  });
}

async function search(text: string | undefined, options: SearchOptions): Promise<void> {
  const { folder, json, level, module, code, operation, since, until, limit } = options;
  const filter: LogFilter = {
    ...{ text, level, module, errorCode: code, operationId: operation, sinceMs: since, untilMs: until },
  };
  await runOnLogs(async ({ print, note, ...reading }) => {
    const line = entryLine(json);
    let found = 0;
    for await (const entry of readLogs(await findLogFiles(folder), filter, reading)) {
      await print(line(entry));
      if (++found === limit) break;
    }
    if (found === 0) note('sustain: nothing found\n');
  });
}

async function analyze(options: AnalyzeOptions): Promise<void> {
  const { folder, json, since, until, slow, operation } = options;
  if (operation !== undefined) return timeline(operation, options);
  await runOnLogs(async ({ print, ...reading }) => {
    const files = await findLogFiles(folder);
    const batches = readLogBatches(files, { sinceMs: since, untilMs: until }, reading);
    const analysis = await analyzeLogs(batches, { slowMs: slow });
    await print(json ? `${JSON.stringify(analysis)}\n` : analysisText(analysis, slow));
  });
}

async function timeline(operationId: string, options: AnalyzeOptions): Promise<void> {
  const { folder, json, since, until, around } = options;
  await runOnLogs(async ({ print, note, ...reading }) => {
    const line = entryLine(json);
    const entries = readLogs(await findLogFiles(folder), { sinceMs: since, untilMs: until }, reading);
    let found = 0;
    for await (const { entry, isOwn, offsetMs } of timelineOf(entries, operationId, {
      aroundMs: around * 1000,
    })) {
      found++;
      const place = `${isOwn ? '>' : ' '} ${`${offsetMs >= 0 ? '+' : ''}${offsetMs}`.padStart(8)} ms `;
      await print(json ? `${JSON.stringify({ offsetMs, isOwn, entry })}\n` : `${place}${line(entry)}`);
    }
    if (found === 0) note(`sustain: no entry has the operation ${JSON.stringify(operationId)}\n`);
  });
}

function entryLine(json: true | undefined): (entry: Parameters<typeof jsonLine>[0]) => string {
  return json ? jsonLine : prettyLine(process.stdout.isTTY === true && process.stdout.hasColors());
}
