import { type Drill, type DrillDeclaration, drill, type Scene, startInjection } from '@sustain/drills';
import { auralisFaults } from '../faults.ts';
import { type EngineOrder, WELL } from './engine-order.ts';
import { type SteeredAuralis, steeredAuralis } from './steered-auralis.ts';

const recovery = new URL('../recovery.ts', import.meta.url);

const simplified = {
  recovers: 'the phrase is rendered again, simplified, before anybody hears it',
  notices: 'a phrase with half the melody and no percussion, flagged as fallback',
};

export const engineTraps = spoiltPhrase({
  name: 'synthesis-error-simplified',
  fault: auralisFaults.SYNTHESIS_FAILED,
  breaks: 'the engine traps in the middle of every phrase, when it is rendered first',
  ...simplified,
  order: () => ({ does: 'trap', fromBlock: 20, spares: 'the next try' }),
  ends: 'simplified',
  sabotage: { file: recovery, replace: 'const SIMPLER_ATTEMPTS = 2;', by: 'const SIMPLER_ATTEMPTS = 0;' },
});

export const engineTrapsAlways = spoiltPhrase({
  name: 'synthesis-error-loop',
  fault: auralisFaults.SYNTHESIS_FAILED,
  breaks: 'the engine traps in the middle of every phrase, however simple it is',
  recovers: 'a phrase that fails three times gives way to a loop, under the reverb of the one before it',
  notices: 'a calm loop in the same key, and the music comes back',
  order: () => ({ does: 'trap', fromBlock: 20, spares: 'none' }),
  ends: 'loop',
  lastsMs: 1500, // three tries
  sabotage: { file: recovery, replace: '    job.track.giveUp();\n', by: '' },
});

export const engineSpoilsAudio = spoiltPhrase({
  name: 'invalid-audio',
  fault: auralisFaults.INVALID_AUDIO,
  breaks: 'the engine makes samples that are no numbers, or a thousand times too loud, in every phrase',
  ...simplified,
  order: (random) => ({
    does: random.next() < 0.5 ? 'not-finite' : 'too-loud',
    fromBlock: 20,
    spares: 'the next try',
  }),
  ends: 'simplified',
  sabotage: {
    file: recovery,
    replace: "this.#strategy('restart'), this.#strategy('simplify')]",
    by: "this.#strategy('restart')]",
  },
});

export const engineIsSilent = spoiltPhrase({
  name: 'silent-audio',
  fault: auralisFaults.INVALID_AUDIO,
  breaks: 'the engine makes nothing but silence of every phrase, and says that all is well',
  ...simplified,
  order: () => ({ does: 'silent', fromBlock: 1, spares: 'the next try' }),
  ends: 'simplified',
  sabotage: {
    file: new URL('../synthesis/audio-checks.ts', import.meta.url),
    replace: 'verdict.peak < SILENT_PEAK',
    by: 'false',
  },
});

interface SpoiltPhrase
  extends Omit<DrillDeclaration, 'kind' | 'subject' | 'inject' | 'afterwards' | 'limits'> {
  readonly order: (random: Scene['random']) => EngineOrder;
  /** How a spoilt phrase ends. */
  readonly ends: 'simplified' | 'loop';
}

/** A drill in which the engine spoils a phrase, and all that come until it is mended. */
function spoiltPhrase({ order, ends, ...declaration }: SpoiltPhrase): Drill {
  return drill<SteeredAuralis>({
    ...declaration,
    kind: 'code',
    subject: steeredAuralis,
    async inject({ engine }, scene) {
      const spoils = order(scene.random);
      await engine.holdAt(spoils.fromBlock, scene.signal);
      scene.begin();
      const undo = () => engine.tell(WELL);
      scene.inject(startInjection({ what: `the engine is told: ${spoils.does}`, undo }));
      engine.tell(spoils);
    },
    afterwards({ ear, outcomes }) {
      ear.expectNothingConcealed();
      const spoilt = outcomes.filter((outcome) => outcome !== 'full');
      if (spoilt.length === 0 || spoilt.some((outcome) => outcome !== ends)) {
        throw new Error(`phrases were to end as ${ends}; they ended as ${outcomes}`);
      }
    },
    // What was spoilt is out of the sound when it, the phrase before it and its reverb are over: 3.5 s, 3.5 s and 3 s.
    limits: { detectMs: 3000, recoveryMs: 2000, restoreMs: 12_000 },
  });
}
