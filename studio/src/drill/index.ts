import { type Command, InvalidArgumentError, Option } from 'commander';
import { type DrillOptions, drillCommand } from './run.ts';

/** Adds `drill`. Its action rejects with DrillsFailed, and with Interrupted on Ctrl-C. */
export function addDrillCommand(program: Command): void {
  program
    .command('drill')
    .description('break every declared fault on purpose, and measure how it comes back')
    .argument('[names...]', 'systems, drills or faults: auralis, synthesis-killed, auralis/SYNTHESIS_CRASHED')
    .option(
      '--seed <text>',
      'breaks the same at the same places again; default: chance, and printed',
      seedText,
    )
    .option('--json', 'JSON lines for programs')
    .option('--report <file>', 'also write a page that shows it all')
    .addOption(
      new Option('--sabotage', 'instead: remove each recovery in turn; every drill must then fail').conflicts(
        'report',
      ),
    )
    .addOption(new Option('--list', 'instead: only name them').conflicts(['report', 'sabotage', 'json']))
    .addHelpText(
      'after',
      `
All of it is private to the drill: nothing that runs on this machine is touched.
Some drills of stores, jobs and drills start a Redis or a PostgreSQL of their
own. Where its program is missing, they fail with PROGRAM_MISSING; in a checkout,
"npm run services -- install --only redis,postgres" installs both, or says how.
Exit code 1 when a drill failed, or a declared fault has none.`,
    )
    .action((names: string[], options: DrillOptions) => drillCommand(names, options));
}

/** It must stand in a command line as it is. */
function seedText(text: string): string {
  if (/^[\w.-]{1,64}$/.test(text)) return text;
  throw new InvalidArgumentError('a seed has 1 to 64 letters, digits, dots, hyphens and underscores.');
}
