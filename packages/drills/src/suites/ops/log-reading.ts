import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Signals } from '@sustain/kernel';
import { createLogging } from '@sustain/ops/log';
import { analysisFaults, analyzeLogs, findLogFiles, readLogBatches } from '@sustain/ops/log/analysis';
import { type DrillDeclaration, type DrillSubject, drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';

/** Logs that somebody analyzes. */
interface AnalyzedLogs extends DrillSubject {
  readonly folder: string;
}

const logFile = sourceOf('packages/ops/src/log/analysis/log-file.ts');
const ENTRIES = 100;

export const folderMissing = readingDrill({
  name: 'logs-in-another-folder',
  breaks: 'somebody asks for the logs of a folder that is not there',
  inject({ folder }, scene) {
    const aside = `${folder}.aside`;
    renameSync(folder, aside);
    const undo = () => renameSync(aside, folder);
    scene.inject(startInjection({ what: 'the folder was moved', undo }));
  },
  sabotage: {
    file: logFile,
    replace: 'throw analysisFaults.LOGS_NOT_FOUND({ path, reason: code ?? message }, { cause });',
    by: 'throw Object.assign(cause as Error, { code, message });',
  },
});

export const folderEmpty = readingDrill({
  name: 'no-logs-in-the-folder',
  breaks: 'somebody asks for the logs of a folder that has none',
  inject({ folder }, scene) {
    const path = join(folder, 'bot.log');
    const aside = join(folder, 'moved');
    mkdirSync(aside);
    renameSync(path, join(aside, 'bot.log'));
    const undo = () => renameSync(join(aside, 'bot.log'), path);
    scene.inject(startInjection({ what: 'the logs were moved', undo }));
  },
  sabotage: {
    file: logFile,
    replace: 'if (found.length === 0)',
    by: 'if (false)',
  },
});

type ReadingDrill = Pick<DrillDeclaration<AnalyzedLogs>, 'name' | 'breaks' | 'inject' | 'sabotage'>;

function readingDrill(declaration: ReadingDrill) {
  return drill<AnalyzedLogs>({
    ...declaration,
    fault: analysisFaults.LOGS_NOT_FOUND,
    kind: 'input',
    recovers: 'who asks is told which folder it is and why; asked for the right one, all is there',
    notices: 'that there are no logs there, rather than an analysis of nothing',
    limits: { detectMs: 2000, restoreMs: 4000 },
    async subject(scene) {
      const folder = join(scene.folder(), 'logs');
      const logging = createLogging({ outputs: [{ path: join(folder, 'bot.log') }], errorsFile: false });
      const log = logging.logger('bot');
      for (let entry = 0; entry < ENTRIES; entry++) log.info(`entry ${entry}`);
      await logging.close();
      return {
        drillable: true,
        signals: new Signals(),
        folder,
        async use() {
          const { entries } = await analyzeLogs(readLogBatches(await findLogFiles(folder)));
          if (entries !== ENTRIES) throw new Error(`expected ${ENTRIES} entries, got ${entries}`);
          return 'full';
        },
        close: () => undefined,
      };
    },
  });
}
