import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kernelFaults, Signals } from '@sustain/kernel';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';
import { escalatingTo, handled } from './handled.ts';

interface WithFile extends DrillSubject {
  /** What it needs. */
  readonly path: string;
  /** The codes of the faults that a person was told of. */
  readonly told: readonly string[];
}

const ESCALATE = {
  file: sourceOf('packages/kernel/src/recovery/strategies/escalate.ts'),
  replace: '(await options.take(fault, context, signal)) === true',
  by: 'false',
};

export const fileMissing = drill<WithFile>({
  name: 'model-removed',
  fault: kernelFaults.NOT_FOUND,
  kind: 'disk',
  breaks: 'a file that is read at each use is removed: a model',
  recovers: 'it is escalated to who installs models, and installed again',
  notices: 'nothing',
  subject(scene) {
    const folder = scene.folder();
    const [path, original] = [join(folder, 'model'), join(folder, 'original')];
    for (const file of [path, original]) writeFileSync(file, 'weights');
    const signals = new Signals();
    const installer = escalatingTo('the installer', signals, () => {
      copyFileSync(original, path);
      return true;
    });
    return {
      drillable: true,
      signals,
      path,
      told: [],
      async use() {
        const model = await handled(installer, () => readFileSync(path, 'utf8'));
        if (model !== 'weights') throw new Error(`expected a model, got ${model}`);
        return 'full';
      },
      close: () => undefined,
    };
  },
  inject: ({ path }) => rmSync(path),
  sabotage: ESCALATE,
});

export const programForbidden = drill<WithFile>({
  name: 'program-not-executable',
  fault: kernelFaults.PERMISSION_DENIED,
  kind: 'configuration',
  breaks: 'a program that is run at each use loses the permission to be executed, which root lacks then, too',
  recovers: 'a person is told, and gives it back',
  notices: 'an error until then',
  subject(scene) {
    const path = join(scene.folder(), 'program');
    writeFileSync(path, '#!/bin/sh\necho well\n', { mode: 0o755 });
    const signals = new Signals();
    const told: string[] = [];
    const person = escalatingTo('a person', signals, ({ code }) => told.push(code));
    return {
      drillable: true,
      signals,
      path,
      told,
      async use(signal) {
        const { stdout } = await handled(person, () => run(path, { signal }));
        if (stdout !== 'well\n') throw new Error(`expected well, got ${stdout}`);
        return 'full';
      },
      close: () => undefined,
    };
  },
  inject({ path }, scene) {
    chmodSync(path, 0o644);
    scene.inject(startInjection({ what: 'chmod -x', undo: () => chmodSync(path, 0o755) }));
  },
  afterwards({ told }) {
    if (!told.includes('PERMISSION_DENIED')) throw new Error('nobody was told');
  },
  sabotage: ESCALATE,
});

const run = promisify(execFile);
