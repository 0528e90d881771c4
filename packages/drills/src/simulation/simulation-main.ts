import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { exploreSteps } from './explore-steps.ts';
import { formatPlan } from './fault-plan.ts';
import { findFailing } from './find-failing.ts';
import type { Program } from './program.ts';
import { parseReplay } from './replay-line.ts';
import { replayCommand, replayOf } from './replay-of.ts';
import type { SimulationOptions, SimulationResult } from './simulation-result.ts';

export interface SimulationMainOptions extends Omit<SimulationOptions, 'plan' | 'calm'> {
  /** The file of the program, for the command that replays: `import.meta.url`. */
  readonly file: string;
  /** Default: the arguments of this process. */
  readonly args?: readonly string[];
  /** Default: to this process's standard output. */
  readonly print?: (text: string) => void;
}

/**
 * Makes a program file a command, and sets the exit code: 1 when a run did not hold, or time was up before all were run.
 *
 * - `--replay '<line>'` prints the trace of that run, which of its faults were never reached, and how it ended
 * - `--explore` explores its steps
 * - `--seeds <count>` (default 1000) and `--from <seed>` (default 0) search for a seed that fails
 */
export async function simulationMain(program: Program, options: SimulationMainOptions): Promise<void> {
  const {
    file,
    args = process.argv.slice(2),
    print = (text) => process.stdout.write(text),
    ...limits
  } = options;
  const { values } = parseArgs({
    args: [...args],
    options: {
      replay: { type: 'string' },
      explore: { type: 'boolean', default: false },
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '0' },
    },
  });
  const end = (state: string) => {
    process.exitCode = state === 'held' ? 0 : 1;
  };
  if (values.replay !== undefined) {
    const result = await replayOf(program, values.replay, limits);
    end(result.state);
    const missed = parseReplay(values.replay).plan?.filter(
      ({ at }) => !result.faults.some((one) => one.at === at),
    );
    const note = missed?.length ? `never reached: ${formatPlan(missed)}\n` : '';
    print(`${result.trace.join('\n')}\n${note}${describeEnding(result)}\n`);
    return;
  }
  const show = (result: SimulationResult) =>
    print(
      `${describeEnding(result)}\n${replayCommand(relative(process.cwd(), fileURLToPath(file)), result.replay)}\n`,
    );
  if (values.explore) {
    const exploration = await exploreSteps(program, limits);
    end(exploration.state);
    print(`${exploration.explored.length} plans explored: ${exploration.state}\n`);
    if (exploration.state === 'found') show(exploration.smallest);
  } else {
    const search = await findFailing(program, {
      ...limits,
      seeds: Number(values.seeds),
      firstSeed: Number(values.from),
    });
    end(search.state);
    print(`${search.runs} seeds run: ${search.state}\n`);
    if (search.state === 'found') show(search.smallest);
  }
}

/** How a run ended, in words. */
export function describeEnding(result: SimulationResult): string {
  switch (result.state) {
    case 'held':
      return 'held';
    case 'violated':
      return `violated: ${result.invariant}: ${messageOf(result.error)}, after: ${result.event}`;
    case 'failed':
      return `failed: ${messageOf(result.error)}`;
    case 'stuck':
      return 'stuck: the program waits, and nothing is left that could happen';
    case 'endless':
      return `endless: more than ${result.limit}`;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
