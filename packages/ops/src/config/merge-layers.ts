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
  const text = pathText(path);
  const origin = from.get(text);
  if (!isMap(above)) {
    const inside = (one: string) => one.startsWith(`${text}.`) || one.startsWith(`${text}[`);
    for (const one of origins.keys()) if (inside(one)) origins.delete(one);
    for (const [one, its] of from) if (inside(one)) origins.set(one, its);
    if (origin !== undefined) origins.set(text, origin);
    return above;
  }
  if (origin !== undefined) origins.set(text, origin);
  const result: Record<string, unknown> = isMap(below) ? { ...below } : {};
  for (const [name, value] of Object.entries(above)) {
    result[name] = merged(result[name], value, [...path, name], from, origins);
  }
  return result;
}
