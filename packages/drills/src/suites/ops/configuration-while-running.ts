import { renameSync } from 'node:fs';
import { Signals, systemClock } from '@sustain/kernel';
import { ConfigurationManager, configurationFaults, watchConfiguration } from '@sustain/ops/config';
import { type DrillDeclaration, drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';
import { type ConfiguredProgram, definition, misspell, writtenFile } from './configured-program.ts';

/** A program that takes a changed file while it runs. */
interface Running extends ConfiguredProgram {
  readonly manager: ConfigurationManager<typeof definition.sections>;
}

const manager = sourceOf('packages/ops/src/config/configuration-manager.ts');

function runningDrill(declaration: Omit<DrillDeclaration<Running>, 'subject' | 'limits'>) {
  return drill<Running>({
    ...declaration,
    limits: { detectMs: 2000, restoreMs: 4000 },
    subject(scene) {
      const signals = new Signals();
      const file = writtenFile(scene);
      const manager = new ConfigurationManager(definition, { defaultFile: file, environment: {}, signals });
      const stop = watchConfiguration(manager, { file, settleMs: 5 });
      return {
        drillable: true,
        signals,
        file,
        manager,
        async use() {
          const { metrics, server } = manager.config;
          if (metrics.maxSeries !== 50 || server.tokens.length !== 1) {
            throw new Error(`expected what was written, got ${JSON.stringify(manager.loaded.settings)}`);
          }
          return 'full';
        },
        close: stop,
      };
    },
  });
}

export const brokenFile = runningDrill({
  name: 'broken-file-while-running',
  fault: configurationFaults.CONFIGURATION_ERROR,
  kind: 'configuration',
  breaks: 'somebody saves the file with a mistake while the program runs',
  recovers: 'what held before holds, all of it; a person is told the line, and the corrected file is taken',
  notices: 'nothing but that the change is not taken',
  inject: ({ file }, scene) => misspell(file, scene, 'maxSeries: 50', 'maxSeries: many'),
  lastsMs: 30,
  async afterwards({ manager, file }, scene) {
    misspell(file, scene, 'slowMs: 250', 'slowMs: 300'); // no mistake: watched as before
    const endMs = systemClock.monotonicMs() + 2000;
    while (manager.config.performance.slowMs !== 300) {
      if (systemClock.monotonicMs() > endMs) throw new Error('a corrected file was not taken');
      await systemClock.sleep(5);
    }
  },
  sabotage: {
    file: manager,
    replace: "(fault ? withoutBroken(sources, fault) : sources), onBroken: 'throw' };",
    by: '(fault ? withoutBroken(sources, fault) : sources) , onBroken: "default_fallback" };',
  },
});

export const fileGone = runningDrill({
  name: 'file-gone-while-running',
  fault: configurationFaults.CONFIGURATION_REFUSED,
  kind: 'disk',
  breaks: 'the file is moved away while the program runs',
  recovers: 'what held before holds; a person is told, and the file is taken when it is back',
  notices: 'nothing',
  inject({ file }, scene) {
    const aside = `${file}.aside`;
    renameSync(file, aside);
    scene.inject(startInjection({ what: 'the file is moved', undo: () => renameSync(aside, file) }));
  },
  lastsMs: 30,
  sabotage: {
    file: manager,
    replace: '...(before.file && { file: before.file }),',
    by: '',
  },
});

export const mistakenSet = runningDrill({
  name: 'mistake-in-a-set-value',
  fault: configurationFaults.CONFIGURATION_ERROR,
  kind: 'input',
  breaks: 'somebody sets a value that cannot be, while the program runs',
  recovers: 'it is refused with what may be set, and what held before holds',
  notices: 'that the value is not taken, and why',
  async inject({ manager }, scene) {
    await scene.attempt(() => manager.set('metrics.maxSeries', 'many'));
  },
  sabotage: {
    file: sourceOf('packages/ops/src/config/assemble.ts'),
    replace: 'else problems.push(...checked.problems);',
    by: '',
  },
});
