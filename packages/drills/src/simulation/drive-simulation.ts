import type { Simulation } from './simulation.ts';
import { watchRejections } from './unhandled-rejections.ts';

/** After so many events the host gets its turn: it sees aborts, and reports rejections that nobody handles. */
const EVENTS_A_TURN = 1000;

/**
 * Lets one event after the other happen until the simulation has an ending. Between two events all promise reactions
 * run, however long their chains are.
 *
 * That costs no turn of the host's event loop an event, which would be 20 times as slow: a callback of
 * `process.nextTick` that was asked for in a promise reaction runs when no promise reaction is left, and a reaction
 * that is asked for in such a callback when no such callback is left.
 */
export function driveSimulation(simulation: Simulation, signal: AbortSignal | undefined): Promise<void> {
  const now = Promise.resolve(); // queueMicrotask would make an AsyncResource each time
  const unwatch = watchRejections((error) => simulation.failUnhandled(error));
  return new Promise<void>((resolve, reject) => {
    let left = EVENTS_A_TURN;
    let isOver = false;
    const settled = () => {
      simulation.settle();
      if (signal?.aborted) return reject(signal.reason);
      if (isOver) return resolve();
      isOver = simulation.ending !== undefined;
      if (!isOver && --left > 0) return void now.then(happen);
      left = EVENTS_A_TURN;
      setImmediate(settled);
    };
    const happen = () => {
      if (!simulation.ending) simulation.fireNext();
      process.nextTick(settled);
    };
    process.nextTick(settled);
  }).finally(() => {
    simulation.root.state = 'over';
    unwatch();
  });
}
