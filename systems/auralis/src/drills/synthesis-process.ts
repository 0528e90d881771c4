import { drill, isRunning, killProcess, paused, type Scene, startInjection } from '@sustain/drills';
import { auralisFaults } from '../faults.ts';
import type { RenderOutcome } from '../recovery.ts';
import { attemptFailed, phraseRendered } from '../signals.ts';
import { WELL } from './engine-order.ts';
import { type SteeredAuralis, steeredAuralis } from './steered-auralis.ts';

interface Hit extends SteeredAuralis {
  /** The process that is hit. */
  victim: number;
  /** How the phrase ended that it was rendering. */
  outcome: Promise<RenderOutcome>;
  /** Why tries have failed, in words. */
  readonly failures: string[];
}

export const synthesiserKilled = drill<Hit>({
  name: 'synthesiser-killed',
  fault: auralisFaults.SYNTHESIS_CRASHED,
  kind: 'process',
  breaks: 'SIGKILL to the synthesis process, in the middle of a phrase',
  recovers:
    'the supervisor starts the next process, which renders the same phrase, while the one held ahead is heard',
  notices: 'nothing: not one sample is lost',
  subject: steered,
  async inject(subject, scene) {
    await hold(subject, scene);
    const gone = killProcess({ name: 'the synthesis process', pid: subject.victim });
    subject.engine.tell(WELL);
    await gone;
  },
  async afterwards(subject) {
    await expectSaved(subject, 'full');
    subject.ear.expectUndisturbed();
  },
  limits: { detectMs: 3000, recoveryMs: 2000 },
  sabotage: {
    file: new URL('../main.ts', import.meta.url),
    replace: '        synthesis,\n',
    by: "        { ...synthesis, restart: 'temporary' },\n",
  },
});

export const synthesiserHangs = drill<Hit>({
  name: 'synthesiser-hangs',
  fault: auralisFaults.SYNTHESIS_HUNG,
  kind: 'process',
  breaks: 'SIGSTOP to the synthesis process, in the middle of a phrase: it is there, and does nothing',
  recovers: 'after 3 s the process is killed, and the next one renders the same phrase',
  notices: 'nothing, or a fade into the reverb and back',
  subject: steered,
  async inject(subject, scene) {
    await hold(subject, scene);
    scene.inject(paused({ name: 'the synthesis process', pid: subject.victim }));
    subject.engine.tell(WELL);
  },
  async afterwards(subject) {
    await expectSaved(subject, 'full');
    subject.ear.expectNoneLost();
  },
  limits: { detectMs: 5000, recoveryMs: 2000 },
  sabotage: {
    file: new URL('../synthesis/phrase-renderer.ts', import.meta.url),
    replace: '    this.#port.kill();\n',
    by: '',
  },
});

export const synthesiserBabbles = drill<Hit>({
  name: 'synthesiser-babbles',
  fault: auralisFaults.SYNTHESIS_FAILED,
  kind: 'process',
  breaks: 'the synthesis process has gone mad: in the middle of a phrase it says what nobody understands',
  recovers: 'a process that talks nonsense is killed, and the next one renders the phrase simplified',
  notices: 'a phrase with half the melody and no percussion, flagged as fallback',
  subject: steered,
  async inject(subject, scene) {
    await hold(subject, scene);
    const { engine } = subject;
    const undo = () => engine.tell(WELL);
    scene.inject(startInjection({ what: 'the synthesis process babbles', undo }));
    engine.tell({ does: 'babble', fromBlock: MIDDLE_BLOCK, spares: 'the next try' });
  },
  async afterwards(subject) {
    await expectSaved(subject, 'simplified');
    subject.ear.expectNothingConcealed();
  },
  limits: { detectMs: 3000, recoveryMs: 2000, restoreMs: 12_000 },
  sabotage: {
    file: new URL('../synthesis/synthesis-port.ts', import.meta.url),
    replace: '      this.kill();\n',
    by: '',
  },
});

async function steered(scene: Scene): Promise<Hit> {
  return { ...(await steeredAuralis(scene)), victim: 0, outcome: Promise.resolve('full'), failures: [] };
}

/** The process stands in the middle of a phrase, some of which has arrived: now it is hit. */
async function hold(subject: Hit, scene: Scene): Promise<void> {
  const { auralis, engine } = subject;
  await engine.holdAt(MIDDLE_BLOCK, scene.signal);
  subject.victim = auralis.synthesisPid();
  auralis.signals.on(attemptFailed, ({ data }) => {
    subject.failures.push(data.fault.message);
  });
  subject.outcome = auralis.next(phraseRendered).then(({ data }) => data.outcome);
  scene.begin();
}

/** Of some 70. */
const MIDDLE_BLOCK = 20;

/** Another process has rendered the phrase. */
async function expectSaved(
  { auralis, victim, outcome, failures }: Hit,
  expected: RenderOutcome,
): Promise<void> {
  const ended = await outcome;
  if (ended !== expected) {
    const why = failures.join('; ');
    throw new Error(`the phrase was to end as ${expected}; it ended as ${ended}, as ${why}`);
  }
  if (auralis.synthesisPid() === victim || isRunning(victim)) {
    throw new Error('the process that was hit is still there');
  }
}
