// What tests need from the machine: `node scripts/services.ts --help`.
import { parseArgs } from 'node:util';
import { services } from './services/catalog.ts';
import { canInstall, explainMissing, installMissing, missingOf } from './services/install.ts';
import { runWith } from './services/run.ts';
import type { Service } from './services/service.ts';

const help = `\
Brings what tests need from the machine, as private instances that end with the tests.

usage: services run [--only NAME,…] -- COMMAND …   run a command with the services started
       services install [--only NAME,…]            install what is missing (apt-get, as root)
       services list                               show what there is and what is missing

The command finds them in its environment: REDIS_URL, DATABASE_URL, PULSE_SERVER, XDG_RUNTIME_DIR,
CHROMIUM_PATH, FFMPEG_PATH, ESPEAK_PATH, PROMTOOL_PATH. Servers listen on free loopback ports and keep their
data in a temporary folder; whatever the machine runs itself is left alone. With CI set, nothing may be missing.

names: ${services.map((service) => service.name).join(', ')}
`;

class UsageError extends Error {}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const usage = error instanceof UsageError;
  console.error(`services: ${error instanceof Error ? error.message : String(error)}`);
  if (usage) console.error('see: node scripts/services.ts --help');
  process.exitCode = usage ? 2 : 1;
}

async function main(args: readonly string[]): Promise<number> {
  const { verb, only, wantsHelp, command } = parse(args);
  if (wantsHelp) {
    console.log(help);
    return 0;
  }
  switch (verb) {
    case 'run':
      if (command.length === 0) throw new UsageError('run needs a command after --');
      return runWith(choose(only), command);
    case 'install':
      return install(choose(only));
    case 'list':
      console.log(services.map(line).join('\n'));
      return 0;
    default:
      throw new UsageError(
        `${verb === undefined ? 'nothing to do' : `"${verb}" is not known`}: run, install or list`,
      );
  }
}

function parse(args: readonly string[]) {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  try {
    const { values, positionals } = parseArgs({
      args: [...own],
      options: { only: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    if (positionals.length > 1)
      throw new Error(`"${positionals[1]}" is one word too many (put commands after --)`);
    const command = end === -1 ? [] : args.slice(end + 1);
    return { verb: positionals[0], only: values.only, wantsHelp: values.help ?? false, command };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function choose(only: string | undefined): readonly Service[] {
  if (only === undefined) return services;
  return only.split(',').map((name) => {
    const service = services.find((candidate) => candidate.name === name);
    if (service !== undefined) return service;
    throw new UsageError(
      `no service "${name}"; there are: ${services.map((known) => known.name).join(', ')}`,
    );
  });
}

async function install(chosen: readonly Service[]): Promise<number> {
  if (canInstall()) {
    await installMissing(chosen);
  } else if (missingOf(chosen).length > 0) {
    console.error(explainMissing(missingOf(chosen)));
    return 1;
  }
  console.log('all there');
  return 0;
}

function line(service: Service): string {
  const where = service.locate() ?? `missing (apt: ${service.debianPackages.join(' ')})`;
  return `${service.name.padEnd(11)} ${service.about.padEnd(52)} ${where}`;
}
