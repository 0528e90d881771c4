import process from 'node:process';
import { Fault } from '@sustain/kernel';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { addAuralisCommand } from './auralis/index.ts';
import type { ConfigurationFlags } from './configuration.ts';
import { DEFAULT_FILE } from './default-file.ts';
import { addDrillCommand } from './drill/index.ts';
import { Interrupted } from './interrupted.ts';
import { addLogsCommand } from './logs/index.ts';
import { systemNames } from './systems.ts';
import type { UpOptions } from './up.ts';
import { version } from './version.ts';

/** Exit codes of the command. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Runs the `sustain` command and answers its exit code. A failure is told in one line with its cure; a wrong flag
 * with the usage.
 */
export async function runCommand(args: readonly string[]): Promise<number> {
  const command = createCommand();
  if (args.length === 0) {
    command.outputHelp();
    return exitCodes.usage;
  }
  try {
    await command.parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (error instanceof Interrupted) return exitCodes.interrupted;
    process.stderr.write(`sustain: ${describe(error)}\n`);
    return exitCodes.failed;
  }
}

function createCommand(): Command {
  const program = new Command('sustain')
    .description('Keeps real-time audio and AI services playing when parts of them fail.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .showHelpAfterError('(sustain --help tells more)')
    .exitOverride();
  program
    .command('up')
    .description('run the systems until Ctrl-C; all of them, or those named')
    .argument('[systems...]', `which systems: ${systemNames.join(', ')}`, oneOfSystems)
    .addOption(configOption())
    .option('--host <address>', 'address to listen on (default: "127.0.0.1", env: SUSTAIN_HOST)')
    .addOption(
      new Option(
        '--port <number>',
        'port to listen on; 0 takes a free one (default: 4400, env: SUSTAIN_PORT)',
      ).argParser(wholeNumber('a port', 0, 65_535)),
    )
    .addOption(new Option('--seed <text>', 'plays the same music again; default: chance').argParser(String))
    .addHelpText('after', '\nStop it with Ctrl-C; a second Ctrl-C ends it at once.')
    .action(async (systems: string[], options: Omit<UpOptions, 'systems'>) => {
      const { up } = await import('./up.ts');
      await up({ ...options, systems: systems.length > 0 ? systems : systemNames });
    });
  program
    .command('config')
    .description('check the configuration and print it, with where each setting is from, and without secrets')
    .addOption(configOption())
    .action(async (flags: ConfigurationFlags) => {
      const [{ printConfiguration }, { studioConfiguration }] = await Promise.all([
        import('@sustain/ops/config'),
        import('./configuration.ts'),
      ]);
      process.stdout.write(printConfiguration(studioConfiguration(flags)));
    });
  addAuralisCommand(program);
  addLogsCommand(program);
  addDrillCommand(program);
  return program;
}

function configOption(): Option {
  return new Option(
    '--config <file>',
    `configuration file (default: ${DEFAULT_FILE}, where it is there)`,
  ).env('SUSTAIN_CONFIG');
}

function oneOfSystems(name: string, before: readonly string[] | undefined): string[] {
  if (!systemNames.includes(name)) throw new InvalidArgumentError(`there are: ${systemNames.join(', ')}.`);
  return [...new Set([...(before ?? []), name])];
}

function wholeNumber(what: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`${what} is a whole number from ${min} to ${max}.`);
  };
}

/** The message, and of a wrapping fault also what led to it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error instanceof Fault && error.cause instanceof Fault ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}
