import type { Random } from '@sustain/kernel';
import { checkOptions, POSITIVE, WAIT } from '@sustain/kernel/options';
import type { Span } from '../kill/index.ts';
import type { PlannedFault, ProcessFault } from './fault-plan.ts';
import { within } from './fault-source.ts';
import type { Simulation } from './simulation.ts';

/** What comes again and again, at random times. */
export interface Recurring {
  /** On average, from its end to its next beginning. */
  readonly everyMs: number;
  readonly lasts: Span;
}

/** Has `what` come over `name` when the seed or the plan says so. `begin` answers what ends it, if it has begun. */
export function scheduleTimedFault(
  simulation: Simulation,
  name: string,
  what: ProcessFault,
  recurring: Recurring | undefined,
  begin: () => (() => void) | undefined,
): void {
  const { faults, root } = simulation;
  const come = (fault: PlannedFault, delayMs: number, forMs: number, then: () => void) => {
    const start = () => {
      faults.taken.push(fault);
      const end = begin();
      simulation.schedule(root, forMs, `${name}: end of ${what}`, () => {
        end?.();
        then();
      });
    };
    simulation.schedule(root, delayMs, `${name}: ${what}`, start, true);
  };
  if (faults.plan) {
    for (const fault of faults.plan) {
      if (fault.what !== what || !fault.at.startsWith(`${name}@`)) continue;
      const atMs = Math.max(simulation.nowMs, Number(fault.at.slice(name.length + 1)));
      come(fault, atMs - simulation.nowMs, fault.forMs ?? DEFAULT_FOR_MS, () => undefined);
    }
  } else if (recurring) {
    checkRecurring(`${what} of ${name}`, recurring);
    const random = faults.randomOf(`${name}@${what}`);
    const next = () => {
      const delayMs = exponential(recurring.everyMs, random);
      const forMs = within(recurring.lasts, random);
      come({ at: `${name}@${simulation.nowMs + delayMs}`, what, forMs }, delayMs, forMs, next);
    };
    next();
  }
}

const DEFAULT_FOR_MS = 100;

/** Times between what happens at random, and independently. To the microsecond. */
function exponential(meanMs: number, random: Random): number {
  return Math.round(-Math.log(1 - random.next()) * meanMs * 1000) / 1000;
}

function checkRecurring(what: string, { everyMs, lasts }: Recurring): void {
  checkOptions(what, {
    everyMs: [everyMs, POSITIVE],
    'lasts.leastMs': [lasts.leastMs, WAIT],
    'lasts.mostMs': [lasts.mostMs, { ...WAIT, least: lasts.leastMs }],
  });
}
