import { drillSuite } from '../../drill/index.ts';
import { drillFaults } from '../../drill-faults.ts';
import { planOfNothing, twoOutcomes } from './judging.ts';
import {
  cannotBeMended,
  diskThatCannotBeMounted,
  pausedBeforeItStarts,
  processThatIsGone,
  programThatEnds,
  serverDoesNotStart,
  serverNotInstalled,
} from './machine.ts';
import { inProduction, nameOfNothing, sabotageOfNothing, scriptThatThrows } from './running.ts';

/** The drills of the drills themselves. */
export const drillsDrills = drillSuite({
  system: 'drills',
  catalogs: [drillFaults],
  drills: [
    serverDoesNotStart,
    serverNotInstalled,
    programThatEnds,
    processThatIsGone,
    pausedBeforeItStarts,
    diskThatCannotBeMounted,
    cannotBeMended,
    inProduction,
    nameOfNothing,
    sabotageOfNothing,
    scriptThatThrows,
    twoOutcomes,
    planOfNothing,
  ],
  module: import.meta.url,
});
