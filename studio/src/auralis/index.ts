import { type Command, Option } from 'commander';
import { amount, webSocketUrl } from './arguments.ts';
import type { RecordFlags } from './record.ts';
import type { RenderFlags } from './render.ts';

/** Adds `auralis render` and `auralis record`. Their actions reject with the fault, and with Interrupted on Ctrl-C. */
export function addAuralisCommand(program: Command): void {
  const auralis = program.command('auralis').description('write the music to WAV files');
  lasting(auralis.command('render'), '1 minute')
    .description('render music, as fast as one core can; nothing needs to run')
    .addOption(
      new Option('--seed <text>', 'the music of "sustain up --seed"; default: chance, and printed').argParser(
        String,
      ),
    )
    .option('--key <key>', 'C, C#, D … B (default: D)')
    .option('--mode <mode>', 'ionian, dorian, phrygian, lydian, mixolydian, aeolian (default: dorian)')
    .addOption(
      new Option('--tempo <bpm>', 'beats a minute, 40 to 140 (default: 70)').argParser(
        amount('a tempo', { least: 0 }),
      ),
    )
    .addOption(
      new Option('--intensity <share>', 'how much happens, 0 to 1 (default: 0.6)').argParser(
        amount('an intensity', { least: 0 }),
      ),
    )
    .option('--keep-partial', 'on Ctrl-C keep what there is, under its partial name')
    .addHelpText('after', '\nThe file is there when it is whole; until then it is NAME.<process>.part.')
    .action(async (path: string, flags: RenderFlags, command: Command) => {
      const { render } = await import('./render.ts');
      await render(path, flags, command);
    });
  lasting(auralis.command('record'), 'until Ctrl-C')
    .description('listen to the stream, and write what is heard')
    .addOption(
      new Option('--url <url>', 'the stream')
        .default('ws://127.0.0.1:4400/auralis/stream')
        .argParser(webSocketUrl),
    )
    .addOption(new Option('--token <text>', 'the access token of the server').env('SUSTAIN_STREAM_TOKEN'))
    .addHelpText(
      'after',
      `
What did not arrive is silence of exactly its length, with fades of 20 ms. A lost
connection is made again; a full server is waited for. Ctrl-C finishes the file:
exit code 130 when more was asked for, 0 when no length was.`,
    )
    .action(async (path: string, flags: RecordFlags) => {
      const { record } = await import('./record.ts');
      await record(path, flags);
    });
}

function lasting(command: Command, otherwise: string): Command {
  return command
    .argument('<file>', 'the WAV file to make: 44.1 kHz, stereo, 16 bit')
    .addOption(
      new Option('--minutes <number>', `how long (default: ${otherwise})`)
        .argParser(amount('a length', { above: 0 }))
        .conflicts('seconds'),
    )
    .addOption(new Option('--seconds <number>', 'how long').argParser(amount('a length', { above: 0 })))
    .option('--force', 'write over a file that is there');
}
