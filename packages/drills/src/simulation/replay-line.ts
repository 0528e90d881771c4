import { drillFaults } from '../drill-faults.ts';
import { type FaultPlan, formatPlan, parsePlan } from './fault-plan.ts';

/** All that a run depends on, besides its program. */
export interface Replay {
  readonly seed: number;
  /** Undefined: what the seed says. */
  readonly plan?: FaultPlan | undefined;
  readonly calm?: boolean | undefined;
}

/** `0x2a`, `0x2a server.notify#2=hang`, `0x2a calm none`. */
export function formatReplay({ seed, plan, calm = false }: Replay): string {
  const parts = [`0x${seed.toString(16)}`];
  if (calm) parts.push(CALM);
  if (plan) parts.push(formatPlan(plan));
  return parts.join(' ');
}

/** What `formatReplay` wrote. Throws UNUSABLE_PLAN. */
export function parseReplay(line: string): Replay {
  const [seedText = '', ...rest] = line.trim().split(/\s+/);
  const seed = Number(seedText);
  if (seedText === '' || !Number.isSafeInteger(seed) || seed < 0) {
    const problem = `a seed is a whole number, like 0x2a; got ${JSON.stringify(seedText)}`;
    throw drillFaults.UNUSABLE_PLAN({ problem });
  }
  const calm = rest[0] === CALM;
  const [plan, ...more] = calm ? rest.slice(1) : rest;
  if (more.length > 0) {
    throw drillFaults.UNUSABLE_PLAN({
      problem: `nothing may follow the plan; got ${JSON.stringify(more.join(' '))}`,
    });
  }
  return plan === undefined ? { seed, calm } : { seed, calm, plan: parsePlan(plan) };
}

const CALM = 'calm';
