import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { defineConfiguration, metricsSection, performanceSection, serverSection } from '@sustain/ops/config';
import type { DrillSubject, Scene } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';

/** What can be configured in the programs of these drills. The server's section refuses defaults. */
export const definition = defineConfiguration({
  metrics: metricsSection,
  performance: performanceSection,
  server: serverSection,
});

/** As a person wrote it. */
const WRITTEN = `metrics:
  maxSeries: 50
performance:
  slowMs: 250
server:
  tokens: ["a-token-of-the-drill-1"]
  host: "127.0.0.1"
`;

export interface ConfiguredProgram extends DrillSubject {
  /** Of its configuration. */
  readonly file: string;
}

/** Writes the file, in a folder of its own. Answers its path. */
export function writtenFile(scene: Scene): string {
  const file = join(scene.folder(), 'sustain.yaml');
  writeFileSync(file, WRITTEN);
  return file;
}

/** Writes something else in the place of a text, until a person has corrected it. */
export function misspell(file: string, scene: Scene, right: string, wrong: string): void {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(right)) throw new Error(`${file} does not say ${right}`);
  writeFileSync(file, text.replace(right, wrong));
  broken(file, scene, `${JSON.stringify(wrong)} for ${JSON.stringify(right)}`);
}

/** Something has been done to the file, which a person undoes by writing it anew. */
export function broken(file: string, scene: Scene, what: string): void {
  scene.inject(startInjection({ what, undo: () => writeFileSync(file, WRITTEN) }));
}
