import { type Drill, type DrillDeclaration, drill, type Scene, startInjection } from '@sustain/drills';
import { auralisFaults } from '../faults.ts';
import { phraseRescued } from '../signals.ts';
import { type ListenedAuralis, listenedAuralis } from './listened-auralis.ts';
import { type ComposerOrder, SteeredComposer } from './steered-composer.ts';

const guard = new URL('../composition/guarded-composer.ts', import.meta.url);

const varied = {
  recovers: 'the last good phrase is varied, and another composer begins with the next',
  notices: 'a phrase much like the one before',
};

export const impossibleChords = spoiltComposition({
  name: 'invalid-chord-progression',
  fault: auralisFaults.PHRASE_INVALID,
  breaks: 'every phrase is composed with chords that no instrument plays',
  recovers: 'the chords give way to the home chord of the key; the melody stays',
  notices: 'a harmony that does not move',
  order: 'has impossible chords',
  ends: 'mended',
  sabotage: { file: guard, replace: 'if (problem === undefined) {', by: 'if (problem !== null) {' },
});

export const phraseWithoutLength = spoiltComposition({
  name: 'invalid-phrase',
  fault: auralisFaults.PHRASE_INVALID,
  breaks: 'phrases are composed that last no time',
  ...varied,
  order: 'has no length',
  ends: 'varied',
  sabotage: {
    file: guard,
    replace: 'if (mended === undefined) return this.#vary(fault);',
    by: 'if (mended === undefined) return homePhrase(this.#index, this.parameters);',
  },
});

export const composerThinksTooLong = spoiltComposition({
  name: 'composition-timeout',
  fault: auralisFaults.COMPOSITION_TIMED_OUT,
  breaks: 'composing takes longer than it may',
  ...varied,
  order: 'thinks too long',
  ends: 'varied',
  sabotage: {
    file: new URL('../composition/composition-deadline.ts', import.meta.url),
    replace: 'if (this.#clock.monotonicMs() < this.#endMs) return;',
    by: 'return;',
  },
});

export const composerThrows = spoiltComposition({
  name: 'composition-error',
  fault: auralisFaults.COMPOSITION_FAILED,
  breaks: 'the composer throws',
  ...varied,
  order: 'throws',
  ends: 'varied',
  sabotage: { file: guard, replace: 'return this.#vary(this.#failed(error));', by: 'throw error;' },
});

interface ComposedAuralis extends ListenedAuralis {
  readonly composer: SteeredComposer;
  /** How phrases were rescued. */
  readonly rescues: readonly string[];
}

interface SpoiltComposition
  extends Omit<DrillDeclaration, 'kind' | 'subject' | 'inject' | 'afterwards' | 'limits'> {
  readonly order: ComposerOrder;
  readonly ends: 'mended' | 'varied';
}

/** A drill in which all phrases are composed wrongly until the composer is well again, and none is missing. */
function spoiltComposition({ order, ends, ...declaration }: SpoiltComposition): Drill {
  return drill<ComposedAuralis>({
    ...declaration,
    kind: 'code',
    subject: composedAuralis,
    inject({ composer }, scene) {
      scene.begin();
      const undo = () => {
        composer.order = 'well';
      };
      scene.inject(startInjection({ what: `the composer ${order}`, undo }));
      composer.order = order;
    },
    whileBroken: ({ ear }) => ear.expectUndisturbed(),
    afterwards({ ear, rescues }) {
      ear.expectUndisturbed();
      if (rescues.length > 0 && rescues.every((rescue) => rescue === ends)) return;
      throw new Error(`phrases were to be ${ends}; they were: ${rescues.join(', ') || 'not rescued'}`);
    },
    // A phrase is composed when the one before it begins to sound: 3.5 s at most.
    limits: { detectMs: 6000, recoveryMs: 2000, restoreMs: 5000 },
  });
}

async function composedAuralis(scene: Scene): Promise<ComposedAuralis> {
  const composer = new SteeredComposer();
  const listened = await listenedAuralis(scene, { compose: composer.compose });
  const rescues: string[] = [];
  listened.signals.on(phraseRescued, ({ data }) => {
    rescues.push(data.rescue);
  });
  return { ...listened, composer, rescues };
}
