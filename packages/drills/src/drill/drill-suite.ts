import type { AnyFaultFactory } from '@sustain/kernel';
import type { Drill } from './drill.ts';

/** All that a system declares to break, and the drills that prove that it survives it. */
export interface DrillSuite {
  readonly system: string;
  readonly faults: readonly AnyFaultFactory[];
  readonly drills: readonly Drill[];
  /** The module that exports this suite, which is loaded again to sabotage it. */
  readonly module: string;
}

export interface DrillSuiteOptions {
  /** That the faults are of. */
  readonly system: string;
  readonly catalogs: readonly Readonly<Record<string, AnyFaultFactory>>[];
  readonly drills: readonly Drill[];
  /** `import.meta.url` of the module that exports the suite. */
  readonly module: string;
}

/**
 * Puts the drills of a system together. Throws a TypeError when a name is there twice, or when a drill is for a fault
 * of another system.
 */
export function drillSuite({ system, catalogs, drills, module }: DrillSuiteOptions): DrillSuite {
  const faults = catalogs.flatMap((catalog) => Object.values(catalog));
  const names = new Set<string>();
  for (const { name, fault } of drills) {
    if (names.has(name)) throw new TypeError(`${system} has two drills named ${name}`);
    names.add(name);
    if (!faults.includes(fault)) {
      throw new TypeError(`the drill ${name} is for ${fault.system} ${fault.code}, no fault of ${system}`);
    }
  }
  const foreign = faults.find((fault) => fault.system !== system);
  if (foreign) throw new TypeError(`${foreign.code} is a fault of ${foreign.system}, not of ${system}`);
  return { system, faults, drills, module };
}

/** The declared faults for which there is no drill. */
export function faultsWithoutDrill({ faults, drills }: DrillSuite): AnyFaultFactory[] {
  const drilled = new Set(drills.map(({ fault }) => fault));
  return faults.filter((fault) => !drilled.has(fault));
}
