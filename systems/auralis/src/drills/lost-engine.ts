import { drill, startInjection } from '@sustain/drills';
import { auralisFaults } from '../faults.ts';
import { phraseRendered, synthesisReady } from '../signals.ts';
import { WELL } from './engine-order.ts';
import { type SteeredAuralis, steeredAuralis } from './steered-auralis.ts';

export const engineIsLost = drill<SteeredAuralis>({
  name: 'engine-lost',
  fault: auralisFaults.ENGINE_LOST,
  kind: 'code',
  breaks: 'the device of the engine is lost in the middle of a phrase',
  recovers:
    'the next engine renders the phrase from its beginning; the one that was lost is probed until it renders again',
  notices: 'a plainer sound, flagged as fallback, until the engine is back',
  subject: steeredAuralis,
  async inject({ engine }, scene) {
    await engine.holdAt(20, scene.signal);
    scene.begin();
    scene.inject(
      startInjection({
        what: 'the engine is told: lost',
        substitute: `time that runs ${SPEED} times as fast, until it has been probed and has proved itself`,
        undo: () => engine.tell(WELL),
      }),
    );
    engine.tell({ does: 'lost', fromBlock: 20, spares: 'none' });
  },
  async afterwards({ auralis, ear, outcomes, clock }) {
    while (!auralis.engines.includes('simple')) await auralis.next(synthesisReady);
    await auralis.next(phraseRendered);
    ear.expectNothingConcealed();
    // It is probed 30 s later, and taken again when it has been well for as long.
    clock.runAt(SPEED);
    while (auralis.engines.at(-1) !== 'cpu') await auralis.next(synthesisReady);
    ear.expectNoneLost();
    const lesser = outcomes.filter((outcome) => outcome !== 'full');
    if (lesser.length > 0) throw new Error(`phrases were to be whole; they ended as ${outcomes}`);
  },
  limits: { detectMs: 3000, recoveryMs: 2000, restoreMs: 12_000 },
  sabotage: {
    file: new URL('../recovery.ts', import.meta.url),
    replace: "if (name === 'next_engine') this.#options.leaveEngine(fault.message);",
    by: '',
  },
});

const SPEED = 8;
