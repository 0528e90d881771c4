import { statSync } from 'node:fs';
import { defaultFallback, ErrorHandler, Signals } from '@sustain/kernel';
import { configurationFaults, loadConfiguration } from '@sustain/ops/config';
import { truncateFile } from '../../disk/index.ts';
import { type DrillDeclaration, drill, type Useful } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';
import { broken, type ConfiguredProgram, definition, misspell, writtenFile } from './configured-program.ts';

const assemble = sourceOf('packages/ops/src/config/assemble.ts');

/** Starts with what is configured, as programs do that rather start with defaults than not at all. */
async function start({ file, signals }: ConfiguredProgram): Promise<Useful> {
  const { config, fault } = loadConfiguration(definition, {
    file,
    environment: {},
    onBroken: 'default_fallback',
  });
  const errors = new ErrorHandler({
    component: 'configuration',
    signals,
    strategies: [defaultFallback({ answer: () => config })],
  });
  if (fault !== undefined) await errors.handleError(fault);
  const { metrics, performance, server } = config;
  if (performance.slowMs !== 250) throw new Error(`expected what was written, got ${performance.slowMs}`);
  if (server.tokens.length !== 1) throw new Error('it would let in whoever comes');
  return metrics.maxSeries === 50 ? 'full' : 'fallback';
}

function startDrill(declaration: Omit<DrillDeclaration<ConfiguredProgram>, 'subject' | 'limits'>) {
  return drill<ConfiguredProgram>({
    ...declaration,
    limits: { detectMs: 2000, restoreMs: 4000 },
    subject(scene) {
      const program: ConfiguredProgram = {
        drillable: true,
        signals: new Signals(),
        file: writtenFile(scene),
        use: () => start(program),
        close: () => undefined,
      };
      return program;
    },
  });
}

export const brokenSection = startDrill({
  name: 'section-with-a-mistake',
  fault: configurationFaults.CONFIGURATION_ERROR,
  kind: 'configuration',
  breaks: 'a section says "many" where a number should be',
  recovers: 'that section has its defaults, the others what is written; a person is told the line',
  notices: 'defaults in one section, until the file is corrected',
  inject: ({ file }, scene) => misspell(file, scene, 'maxSeries: 50', 'maxSeries: many'),
  lastsMs: 30,
  async whileBroken(program) {
    const brought = await start(program);
    if (brought !== 'fallback') throw new Error(`it started with ${brought}`);
  },
  sabotage: {
    file: assemble,
    replace: "if (onBroken === 'throw' || fault.recovery !== 'default_fallback') throw fault;",
    by: 'throw fault;',
  },
});

const refusing = {
  fault: configurationFaults.CONFIGURATION_REFUSED,
  recovers: 'the program does not start, rather than with an open door; a person is told the line',
  notices: 'no start, until the file is corrected',
} as const;

export const brokenAccess = startDrill({
  ...refusing,
  name: 'access-with-a-mistake',
  kind: 'configuration',
  breaks: 'the section that says who may enter has a mistake',
  inject: ({ file }, scene) => misspell(file, scene, '["a-token-of-the-drill-1"]', '7'),
  sabotage: {
    file: assemble,
    replace: "(name) => sections[name]?.whenBroken === 'refuse',",
    by: '() => false,',
  },
});

export const misspeltAccess = startDrill({
  ...refusing,
  name: 'access-misspelt',
  kind: 'configuration',
  breaks: 'the name of the section that says who may enter is misspelt',
  inject: ({ file }, scene) => misspell(file, scene, 'server:', 'sevrer:'),
  sabotage: {
    file: assemble,
    replace: 'isMisspelt ? Object.keys(sections) : broken',
    by: 'broken',
  },
});

export const cutOff = startDrill({
  ...refusing,
  name: 'file-cut-off',
  kind: 'disk',
  breaks: 'a crash has cut the end of the file off while it was written',
  inject({ file }, scene) {
    truncateFile(file, statSync(file).size - 4);
    broken(file, scene, 'the end of the file is gone');
  },
  sabotage: {
    file: assemble,
    replace: 'ofFile.length > 0 || names.has(name)',
    by: 'names.has(name)',
  },
});
