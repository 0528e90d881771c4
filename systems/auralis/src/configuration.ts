import { defineSection } from '@sustain/ops/config';
import { z } from 'zod';
import { qualities } from './composition/index.ts';
import { engineNames } from './synthesis/index.ts';

const schema = z.strictObject({
  folder: z.string().min(1),
  maxListeners: z.int().min(1),
  engine: z.enum(engineNames),
  quality: z.enum(['adaptive', ...qualities]),
});

/**
 * `auralis:` for the music. `folder`: where loops are kept. `engine`: the best one to render with. `quality`: how much of the
 * music is made; `adaptive` is as much as there is time for. Broken, the defaults hold: better the usual music than none.
 */
export const auralisSection = defineSection({
  schema,
  defaults: { folder: '.sustain/auralis', maxListeners: 10, engine: 'cpu', quality: 'adaptive' },
});

/** What `auralis:` gives. */
export type AuralisConfiguration = z.output<typeof schema>;
