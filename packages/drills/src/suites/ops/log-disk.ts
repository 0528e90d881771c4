import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logFaults } from '@sustain/ops/log';
import { fileSizeLimited, fullDisk, type SmallDisk, smallDisk } from '../../disk/index.ts';
import { type DrillDeclaration, drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';
import { LoggingProgram } from './logging-program.ts';

interface OnDisk extends LoggingProgram {
  disk?: SmallDisk;
}

const entryWriter = sourceOf('packages/ops/src/log/entry-writer.ts');
const fileOutput = sourceOf('packages/ops/src/log/file-output.ts');

export const diskFull = logDrill({
  name: 'log-disk-full',
  fault: logFaults.LOG_DISK_FULL,
  breaks: 'the disk of the log is full',
  async subject(scene) {
    const disk = await smallDisk({ sizeBytes: 16 * 2 ** 20 });
    scene.defer(() => disk.close());
    return Object.assign(await started(disk.path), { disk });
  },
  inject(program: OnDisk, scene) {
    scene.inject(fullDisk(program.disk as SmallDisk, { processes: [program] }));
  },
  sabotage: {
    file: entryWriter,
    replace: 'if (isLost) this.#instead?.write(line, this.#entry);',
    by: '',
  },
});

export const fileTooLarge = logDrill({
  name: 'log-quota-reached',
  fault: logFaults.LOG_DISK_FULL,
  breaks: 'the program may write no larger files, so that the disk takes a part of a line',
  subject: (scene) => started(scene.folder()),
  inject(program, scene) {
    scene.inject(fileSizeLimited([program], { bytes: statSync(program.path).size + 1000 }));
  },
  sabotage: {
    file: fileOutput,
    replace: 'this.#retryTimer = this.#clock.schedule(delayMs, () => this.#open(), IDLE);',
    by: '',
  },
});

export const folderUnusable = logDrill({
  name: 'log-folder-gone',
  fault: logFaults.LOG_FOLDER_UNUSABLE,
  breaks: 'the folder of the log is moved away, and something else has its name',
  subject: (scene) => started(scene.folder()),
  inject({ folder }, scene) {
    renameSync(folder, asideOf(folder));
    writeFileSync(folder, '');
    // The folder stays where it is: the program makes another one, as soon as it can.
    scene.inject(startInjection({ what: 'a file where the folder was', undo: () => rmSync(folder) }));
  },
  sabotage: {
    file: fileOutput,
    replace: 'if (isNew) this.#watcher.lost(path, diskFault(path, error));',
    by: '',
  },
});

type LogDrill<Subject extends LoggingProgram> = Omit<
  DrillDeclaration<Subject>,
  'kind' | 'recovers' | 'notices' | 'limits' | 'afterwards'
>;

function logDrill<Subject extends LoggingProgram>(declaration: LogDrill<Subject>) {
  return drill<Subject>({
    ...declaration,
    kind: 'disk',
    recovers: 'lines go to the console and wait in memory; when the file takes them again, none is missing',
    notices: 'log lines on the console, until the file can be written again',
    limits: { detectMs: 3000, recoveryMs: 2000, restoreMs: 5000 },
    afterwards(program) {
      program.checkTold(declaration.fault);
      program.checkNothingIsLost([asideOf(program.folder), program.folder].filter(existsSync));
    },
  });
}

const asideOf = (folder: string) => `${folder}.aside`;

async function started(path: string): Promise<LoggingProgram> {
  const folder = join(path, 'logs');
  mkdirSync(folder);
  return LoggingProgram.start(folder);
}
