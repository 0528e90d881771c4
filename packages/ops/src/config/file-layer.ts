import { basename } from 'node:path';
import type { ConfigurationProblem } from './configuration-problem.ts';
import type { ConfigurationDefinition } from './define-configuration.ts';
import { EMPTY_LAYER, type Layer, layerOf } from './layer.ts';
import { readTextFile } from './read-file.ts';
import { readYaml } from './read-yaml.ts';

/** What the file says, or why it says nothing. */
export interface FileLayer {
  /** Undefined: there is no file, and none is needed. */
  readonly path: string | undefined;
  readonly layer: Layer;
  /** Why the file as a whole cannot be read; its layer is empty then. */
  readonly problems: readonly ConfigurationProblem[];
}

/** There is none, and none is needed. */
export const NO_FILE: FileLayer = { path: undefined, layer: EMPTY_LAYER, problems: [] };

/** Reads the file that is asked for, or the usual one if it is there. Never throws. */
export function readFileLayer(
  { jsonSchema }: ConfigurationDefinition,
  { file, defaultFile }: { readonly file?: string | undefined; readonly defaultFile?: string | undefined },
): FileLayer {
  const path = file ?? defaultFile;
  if (path === undefined) return NO_FILE;
  const reading = readTextFile(path);
  if (reading.state === 'missing' && file === undefined) return NO_FILE;
  const brokenBy = (...problems: readonly ConfigurationProblem[]) => ({ path, layer: EMPTY_LAYER, problems });
  if (reading.state === 'missing') {
    return brokenBy({
      path: '',
      problem: `${path} does not exist`,
      cure: 'correct the path, or make the file',
    });
  }
  if (reading.state === 'broken') {
    return brokenBy({ path: '', problem: `${path} ${reading.problem}`, cure: reading.cure });
  }
  const name = basename(path);
  const yaml = readYaml(reading.text);
  if (yaml.state === 'broken') {
    return brokenBy(
      ...yaml.problems.map(({ line, column, problem, ...more }) => ({
        path: '',
        problem: `${name} ${problem}`,
        origin: { source: 'file', file: name, line, column } as const,
        ...more,
      })),
    );
  }
  const layer = layerOf(yaml.value, jsonSchema, (to) => {
    const { line = 1, column = 1 } = yaml.positionOf(to) ?? {};
    return { source: 'file', file: name, line, column };
  });
  const isMapped = layer.problems.every(({ path: to }) => to !== '');
  return isMapped ? { path, layer, problems: [] } : brokenBy(...layer.problems);
}
