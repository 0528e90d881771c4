import { isMap, type Layer } from './layer.ts';
import type { Origin } from './origin.ts';
import { parsePath, pathText, type SettingPath } from './setting-path.ts';

/** What holds when all have spoken. */
export interface Merged {
  readonly tree: Readonly<Record<string, unknown>>;
  /** Who said the setting, or what it is in. */
  originOf(path: SettingPath | string): Origin;
}

/** Lays them over each other, the last on top. Maps are merged; lists and single values replace what was there. */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const origins = new Map<string, Origin>();
  let tree: Readonly<Record<string, unknown>> = {};
  for (const layer of layers) {
    tree = merged(tree, layer.tree, [], layer.origins, origins) as typeof tree;
  }
  return {
    tree,
    originOf: (given) => {
      const path = typeof given === 'string' ? parsePath(given) : given;
      for (let length = path.length; length > 0; length--) {
        const origin = origins.get(pathText(path.slice(0, length)));
        if (origin !== undefined) return origin;
      }
      return { source: 'default' };
    },
  };
}

function merged(
  below: unknown,
  above: unknown,
  path: SettingPath,
  from: ReadonlyMap<string, Origin>,
  origins: Map<string, Origin>,
): unknown {
  if (!isMap(above)) {
    forEachPath(below, path, (text) => origins.delete(text));
    forEachPath(above, path, (text) => setFrom(text, from, origins));
    return above;
  }
  setFrom(pathText(path), from, origins);
  const result: Record<string, unknown> = isMap(below) ? { ...below } : {};
  for (const [name, value] of Object.entries(above)) {
    result[name] = merged(result[name], value, [...path, name], from, origins);
  }
  return result;
}

/** Of everything in the tree, itself included. */
function forEachPath(tree: unknown, path: SettingPath, act: (text: string) => void): void {
  if (tree === undefined) return;
  act(pathText(path));
  if (Array.isArray(tree)) tree.forEach((item, index) => void forEachPath(item, [...path, index], act));
  else if (isMap(tree)) for (const name of Object.keys(tree)) forEachPath(tree[name], [...path, name], act);
}

function setFrom(text: string, from: ReadonlyMap<string, Origin>, origins: Map<string, Origin>): void {
  const origin = from.get(text);
  if (origin !== undefined) origins.set(text, origin);
}
