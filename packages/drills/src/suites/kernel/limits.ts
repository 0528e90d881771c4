import { kernelFaults } from '@sustain/kernel';
import { drill } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';
import { type LimitedProcess, limitedProcess } from './limited-process.ts';

/** Of the phrase that it renders, 128 MiB. */
const PHRASE_SAMPLES = 2 ** 25;
/** KiB of data; Node takes a third of it for itself. */
const DATA_KIB = 1_500_000;
const OPEN_FILES = 64;
/** For machines that are busy: it is another process that detects and recovers. */
const LIMITS = { detectMs: 3000, recoveryMs: 3000 };

export const allocationFails = drill<LimitedProcess>({
  name: 'allocation-fails',
  fault: kernelFaults.OUT_OF_MEMORY,
  kind: 'load',
  breaks: `a cache takes all memory that a process may have (ulimit -d ${DATA_KIB}): an ArrayBuffer cannot be allocated`,
  recovers: 'the cache is cleared, and the work is done again',
  notices: 'nothing',
  subject: () => limitedProcess(`-d ${DATA_KIB}`, 'render', PHRASE_SAMPLES),
  async inject({ ask }) {
    await ask('cacheAll');
  },
  limits: LIMITS,
  sabotage: {
    file: sourceOf('packages/kernel/src/recovery/strategies/free-memory.ts'),
    replace: 'await step.free(attempt.signal);',
    by: '',
  },
});

export const filesLeftOpen = drill<LimitedProcess>({
  name: 'files-left-open',
  fault: kernelFaults.TOO_MANY_OPEN_FILES,
  kind: 'load',
  breaks: `files are opened and never closed, until a process may have no more (ulimit -n ${OPEN_FILES}): EMFILE`,
  recovers: 'it is escalated to who keeps them open; they are closed, and the work is done again',
  notices: 'nothing',
  subject: () => limitedProcess(`-n ${OPEN_FILES}`, 'read', 0),
  async inject({ ask }) {
    await ask('openAll');
  },
  limits: LIMITS,
  sabotage: {
    file: sourceOf('packages/kernel/src/recovery/strategies/escalate.ts'),
    replace: '(await options.take(fault, context, signal)) === true',
    by: 'false',
  },
});
