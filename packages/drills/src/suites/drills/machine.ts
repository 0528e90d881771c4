import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { smallDisk } from '../../disk/index.ts';
import { drill } from '../../drill/index.ts';
import { drillFaults } from '../../drill-faults.ts';
import { startInjection } from '../../injection/index.ts';
import { ProcessUnderTest } from '../../kill/index.ts';
import { endProcess, paused, RunFolder } from '../../processes/index.ts';
import { redisServer, ServerProcess } from '../../servers/index.ts';
import { sourceOf } from '../source-of.ts';
import { SmallServer } from './small-server.ts';
import { misuse, withoutPrograms } from './tool-user.ts';

export const serverDoesNotStart = drill<SmallServer>({
  name: 'server-ends-at-once',
  fault: drillFaults.SERVER_NOT_READY,
  kind: 'process',
  breaks: 'every first start of a server ends at once',
  recovers: 'it is started again',
  notices: 'a server that is up a moment later',
  limits: { detectMs: 5000, recoveryMs: 5000 },
  subject: (scene) => new SmallServer(join(scene.folder(), 'refusal')),
  inject(subject, scene) {
    subject.beforeStart = () => writeFileSync(subject.refusal, '');
    const undo = () => {
      subject.beforeStart = () => undefined;
    };
    scene.inject(startInjection({ what: 'first starts that end at once', undo }));
  },
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/retry/retry.ts'),
    replace: "if (attempts >= maxAttempts) return 'attempts';",
    by: "return 'attempts';",
  },
});

/** A process that sleeps, until the end of `use`. */
async function withSleeper<T>(use: (pid: number) => Promise<T>): Promise<T> {
  const folder = new RunFolder();
  try {
    const { pid } = await folder.launch({ name: 'sleeper', command: ['sleep', '60'] });
    return await use(pid);
  } finally {
    await folder.close();
  }
}

export const processThatIsGone = misuse({
  name: 'process-that-is-gone',
  fault: drillFaults.PROCESS_NOT_THERE,
  breaks: 'a process that has ended is to be paused',
  good: () => withSleeper(async (pid) => paused(pid).end()),
  bad: () =>
    withSleeper(async (pid) => {
      await endProcess(pid, 'SIGKILL');
      await paused(pid).end();
    }),
  sabotage: {
    file: sourceOf('packages/drills/src/processes/process-target.ts'),
    replace: 'if (!isRunning(pid)) throw drillFaults.PROCESS_NOT_THERE({ target: name, what });',
    by: '',
  },
});

export const pausedBeforeItStarts = misuse({
  name: 'paused-before-it-starts',
  fault: drillFaults.NOT_POSSIBLE_NOW,
  breaks: 'a server that is down is to be paused',
  good: () => withSleeper(async (pid) => paused(pid).end()),
  async bad() {
    const server = new ServerProcess({
      name: 'small',
      command: () => ['true'],
      isReady: async () => true,
      url: () => 'none:',
    });
    try {
      server.pause();
    } finally {
      await server.close();
    }
  },
  sabotage: {
    file: sourceOf('packages/drills/src/servers/server-process.ts'),
    replace: "throw this.#refusal('be paused');",
    by: 'return;',
  },
});

export const programThatEnds = misuse({
  name: 'program-that-ends-at-once',
  fault: drillFaults.PROCESS_FAILED,
  breaks: 'a process under test has a module that is not there',
  good: () => withSleeper(async (pid) => paused(pid).end()),
  async bad(scene) {
    const module = join(scene.folder(), 'missing.js');
    const process = new ProcessUnderTest({ name: 'missing', module, isReady: () => true });
    try {
      await process.start();
    } finally {
      await process.close();
    }
  },
  sabotage: {
    file: sourceOf('packages/drills/src/kill/process-under-test.ts'),
    replace: 'const fault = drillFaults.PROCESS_FAILED({ target: this.name, how, log: run.logEnd() });',
    by: 'const fault = undefined as never;',
  },
});

export const serverNotInstalled = misuse({
  name: 'server-not-installed',
  fault: drillFaults.PROGRAM_MISSING,
  breaks: 'Redis is not installed: nothing is found in PATH',
  good: () => redisServer().close(),
  bad(scene) {
    withoutPrograms(scene);
    return redisServer().close();
  },
  sabotage: {
    file: sourceOf('packages/drills/src/servers/redis-server.ts'),
    replace:
      "throw drillFaults.PROGRAM_MISSING({ program: 'redis-server', cure: 'apt-get install redis-server' });",
    by: 'return new ServerProcess(undefined as never, rest);',
  },
});

export const diskThatCannotBeMounted = misuse({
  name: 'disk-that-cannot-be-mounted',
  fault: drillFaults.PRIVILEGE_MISSING,
  breaks: 'a disk is to be mounted where there is no mount',
  good: async () => (await smallDisk()).close(),
  async bad(scene) {
    withoutPrograms(scene);
    await (await smallDisk({ kind: 'tmpfs' })).close();
  },
  sabotage: {
    file: sourceOf('packages/drills/src/disk/small-disk.ts'),
    replace: 'throw drillFaults.PRIVILEGE_MISSING(',
    by: 'void drillFaults.PRIVILEGE_MISSING(',
  },
});

export const cannotBeMended = misuse({
  name: 'cannot-be-mended',
  fault: drillFaults.NOT_MENDED,
  breaks: 'what undoes an injection throws',
  good: () => startInjection({ what: 'a lamp', undo: () => undefined }).end(),
  bad: () => startInjection({ what: 'a lamp', undo: () => Promise.reject(new Error('no bulb')) }).end(),
  sabotage: {
    file: sourceOf('packages/drills/src/injection/injection.ts'),
    replace: 'throw drillFaults.NOT_MENDED({ what: this.what }, { cause: error });',
    by: '',
  },
});
