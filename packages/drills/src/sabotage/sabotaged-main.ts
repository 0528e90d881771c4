// The process in which one drill is run without its recovery: see run-sabotage.ts.
import { untilShutdownSignal } from '@sustain/kernel/node';
import type { DrillSuite } from '../drill/index.ts';
import { runDrills } from '../runner/index.ts';
import type { FromSabotaged } from './from-sabotaged.ts';

const [module = '', system = '', name = '', seed = ''] = process.argv.slice(2);

const exported = Object.values((await import(module)) as Record<string, DrillSuite>);
const suite = exported.find((one) => Object(one).system === system && Array.isArray(Object(one).drills));
if (suite === undefined) throw new Error(`${module} exports no drill suite of ${system}`);

const { results } = await runDrills([suite], {
  names: [`${system}/${name}`],
  seed,
  signal: untilShutdownSignal().signal, // so that what it has started is closed
  onProgress: (progress) => {
    if (progress.state === 'moment' && progress.what === 'injected') tell({ type: 'injected' });
  },
});
const [result] = results;
if (result !== undefined) tell({ type: 'done', result });
process.exit(); // what was sabotaged may hold the process open

function tell(message: FromSabotaged): void {
  process.send?.(message);
}
