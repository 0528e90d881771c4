import { COUNT, checkOptions, POSITIVE } from '@sustain/kernel/options';
import { driveSimulation } from './drive-simulation.ts';
import { formatPlan, parsePlan } from './fault-plan.ts';
import type { Program } from './program.ts';
import { formatReplay } from './replay-line.ts';
import { simulatedWorld } from './simulated-world.ts';
import { Simulation } from './simulation.ts';
import type { SimulationOptions, SimulationResult } from './simulation-result.ts';

/**
 * Runs `program` on simulated time, in the order of events, with the latencies and with the faults of `seed`. The same seed
 * and plan are the same run, byte for byte, as long as the program asks nothing else of the host. It ends when the
 * program does, or with the first event after which an invariant does not hold. Runs may go on side by side.
 *
 * Between two events all promise reactions run. A loop of promise reactions that never ends is not noticed. A rejection that
 * nobody handles, anywhere in this process, fails the run; one that is handled late is only noticed when it is later than
 * 1000 events.
 *
 * Rejects with the reason of the signal, with UNUSABLE_PLAN, and with a RangeError or TypeError when an option is out of
 * range.
 *
 * @example
 * const { state, replay } = await simulate(7, async (world) => {
 *   const { clock, random } = world;
 *   const server = world.port('server', { notify: () => true }, { reject: 0.1 });
 *   world.invariant('in time', () => clock.monotonicMs() <= 1000);
 *   await pipeline({ clock, random }, timeout(1000), retry({ maxAttempts: 10 })).run(() => server.notify());
 * });
 */
export async function simulate(
  seed: number,
  program: Program,
  options: SimulationOptions = {},
): Promise<SimulationResult> {
  const { result } = await runSimulation(seed, program, options);
  return result;
}

export interface SimulationRun {
  readonly result: SimulationResult;
  /** All calls of ports that were reached, in order. */
  readonly calls: readonly string[];
}

export async function runSimulation(
  seed: number,
  program: Program,
  options: SimulationOptions,
): Promise<SimulationRun> {
  const { maxEvents = 1_000_000, maxMs = 86_400_000, signal, calm = false } = options;
  checkOptions('simulation', {
    seed: [seed, { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true }],
    maxEvents: [maxEvents, COUNT],
    maxMs: [maxMs, POSITIVE],
  });
  const plan = options.plan && parsePlan(formatPlan(options.plan));
  signal?.throwIfAborted();
  const simulation = new Simulation(seed, { maxEvents, maxMs, plan, calm });
  const world = simulatedWorld(simulation);
  simulation.schedule(simulation.root, 0, 'program starts', () => {
    (async () => program(world))().then(
      () => simulation.finish(),
      (error: unknown) => simulation.end({ state: 'failed', error }),
    );
  });
  await driveSimulation(simulation, signal);
  const { ending = { state: 'stuck' }, events, nowMs, trace, faults } = simulation;
  let lines: readonly string[] | undefined;
  const result: SimulationResult = {
    ...ending,
    seed,
    faults: faults.taken,
    events,
    endMs: nowMs,
    get trace() {
      lines ??= trace.lines();
      return lines;
    },
    replay: formatReplay({ seed, plan, calm }),
  };
  return { result, calls: faults.calls };
}
