import {
  createSupervisor,
  Signals,
  type Supervisor,
  supervisionFaults,
  type TaskOptions,
  task,
} from '@sustain/kernel';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';

interface Sessions extends DrillSubject {
  readonly supervisor: Supervisor;
  /** The names of the sessions that run, one for each that runs. */
  readonly running: readonly string[];
  begin(name: string): Promise<void>;
}

export const childRefused = drill<Sessions>({
  name: 'session-begun-twice',
  fault: supervisionFaults.CHILD_REFUSED,
  kind: 'input',
  breaks: 'somebody begins a session with the name of one that runs',
  recovers: 'it is refused, and the one that runs goes on',
  notices: 'who asked for it: that the name is taken',
  async subject() {
    const signals = new Signals();
    const running: string[] = [];
    const supervisor = createSupervisor({
      id: 'sessions',
      strategy: 'simple_one_for_one',
      children: [],
      signals,
    });
    await supervisor.start();
    const begin = (name: string) =>
      supervisor.add(task(name, (signal) => session(name, signal, running), TEMPORARY));
    await begin('alice');
    let guests = 0;
    return {
      drillable: true,
      signals,
      supervisor,
      running,
      begin,
      async use() {
        const name = `guest-${++guests}`;
        await begin(name);
        if (!running.includes('alice') || !running.includes(name)) throw new Error(`only ${running} run`);
        await supervisor.remove(name);
        return 'full';
      },
      async close() {
        await supervisor.stop();
      },
    };
  },
  async inject({ begin }, scene) {
    await scene.attempt(() => begin('alice'));
  },
  afterwards({ running }) {
    const alices = running.filter((name) => name === 'alice').length;
    if (alices !== 1) throw new Error(`${alices} sessions of this name run`);
  },
  limits: { detectMs: 500 },
  sabotage: {
    file: sourceOf('packages/kernel/src/supervision/supervisor.ts'),
    replace: "children.has(spec.id) && 'duplicate'",
    by: 'undefined',
  },
});

const TEMPORARY: TaskOptions = { restart: 'temporary' };

async function session(name: string, signal: AbortSignal, running: string[]): Promise<void> {
  running.push(name);
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  running.splice(running.indexOf(name), 1);
}
