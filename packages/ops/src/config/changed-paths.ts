import { isMap } from './layer.ts';
import { pathText, type SettingPath } from './setting-path.ts';

/** The settings in which two trees differ. A list is one setting. */
export function changedPaths(before: unknown, after: unknown, path: SettingPath = []): readonly string[] {
  if (isMap(before) && isMap(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => changedPaths(before[name], after[name], [...path, name]));
  }
  return isSame(before, after) ? [] : [pathText(path)];
}

function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  // Plain data of a file: what cannot be written as JSON was refused by the schema, or is compared as itself above.
  return isData(one) && isData(other) && JSON.stringify(one) === JSON.stringify(other);
}

function isData(value: unknown): boolean {
  return Array.isArray(value) || isMap(value);
}
