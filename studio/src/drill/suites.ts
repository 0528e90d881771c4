import type { DrillSuite } from '@sustain/drills';

/** The drills of all systems and packages; the systems' first. Loaded when they are asked for: nothing else needs them. */
export async function allSuites(): Promise<readonly DrillSuite[]> {
  const [{ auralisDrills }, { sessionDrills }, packages] = await Promise.all([
    import('@sustain/auralis/drills'),
    import('@sustain/sessions/drills'),
    import('@sustain/drills/suites'),
  ]);
  return [auralisDrills, sessionDrills, ...Object.values(packages)];
}
