import { isMap, type Layer } from './layer.ts';
import { mergeLayers } from './merge-layers.ts';
import { pathText, type SettingPath } from './setting-path.ts';

/** What stands there; undefined where nothing does. */
export function settingAt(tree: unknown, path: SettingPath): unknown {
  return path.reduce<unknown>((inner, step) => {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, step)) return undefined;
    return (inner as Readonly<Record<string | number, unknown>>)[step];
  }, tree);
}

/** What must be laid over the settings for a value to stand there. Lists are replaced whole, so they are copied whole. */
export function treeOf(path: SettingPath, value: unknown, settings: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const present = settingAt(settings, [step]);
  if (typeof step === 'string') return { [step]: treeOf(rest, value, present) };
  const list: unknown[] = Array.isArray(settings) ? [...settings] : [];
  // Below a list nothing is laid over: what stays must be said again.
  const below = treeOf(rest, value, present);
  list[step] = isMap(below) && isMap(present) ? mergeLayers([layer(present), layer(below)]).tree : below;
  return list;
}

function layer(tree: Readonly<Record<string, unknown>>): Layer {
  return { tree, origins: new Map(), problems: [] };
}

/** The layer as if that had not been set. */
export function layerWithout(from: Layer, path: SettingPath): Layer {
  const text = pathText(path);
  const isInside = (one: string) => one === text || one.startsWith(`${text}.`) || one.startsWith(`${text}[`);
  return {
    tree: without(from.tree, path) as Layer['tree'],
    origins: new Map([...from.origins].filter(([one]) => !isInside(one))),
    problems: [],
  };
}

function without(tree: unknown, [step, ...rest]: SettingPath): unknown {
  if (!isMap(tree) || typeof step !== 'string') return tree;
  const { [step]: inner, ...others } = tree;
  if (rest.length === 0 || inner === undefined) return rest.length === 0 ? others : tree;
  return { ...others, [step]: without(inner, rest) };
}
