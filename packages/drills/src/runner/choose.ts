import { type Drill, type DrillSuite, faultsWithoutDrill } from '../drill/index.ts';
import { drillFaults } from '../drill-faults.ts';

/** The drills that were asked for, with the faults that they are to cover. */
export type Chosen = DrillSuite;

/**
 * Chooses by name: a system (`auralis`), a drill (`synthesis-killed`), a fault (`SYNTHESIS_CRASHED`), or one of a system
 * (`auralis/synthesis-killed`, `auralis/SYNTHESIS_CRASHED`). All of them without names. Throws DRILL_UNKNOWN.
 */
export function choose(suites: readonly DrillSuite[], names: readonly string[]): Chosen[] {
  if (names.length === 0) return [...suites];
  const unknown = names.find((name) => !suites.some((suite) => isAskedFor(suite, name)));
  if (unknown !== undefined) {
    throw drillFaults.DRILL_UNKNOWN({ name: unknown, systems: suites.map(({ system }) => system) });
  }
  return suites.flatMap((suite) => {
    if (names.includes(suite.system)) return suite;
    const drills = suite.drills.filter((drill) => names.some((name) => isDrill(suite, drill, name)));
    const without = faultsWithoutDrill(suite).filter(({ code }) =>
      names.some((name) => matches(suite, code, name)),
    );
    const faults = new Set([...drills.map(({ fault }) => fault), ...without]);
    return faults.size > 0 ? { ...suite, faults: [...faults], drills } : [];
  });
}

function isAskedFor(suite: DrillSuite, name: string): boolean {
  return (
    suite.system === name ||
    suite.drills.some((drill) => isDrill(suite, drill, name)) ||
    suite.faults.some(({ code }) => matches(suite, code, name))
  );
}

function isDrill(suite: DrillSuite, drill: Drill, name: string): boolean {
  return matches(suite, drill.name, name) || matches(suite, drill.fault.code, name);
}

function matches({ system }: DrillSuite, what: string, name: string): boolean {
  return name === what || name === `${system}/${what}`;
}
