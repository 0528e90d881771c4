import type { z } from 'zod';
import { hides, REDACTED, type Secrecy, secrecyWithin, withoutSecrets } from '../secrets/index.ts';
import type { ConfigurationProblem } from './configuration-problem.ts';
import { description, type JsonSchema, namesIn, schemaOf } from './json-schema.ts';
import type { Origin } from './origin.ts';
import type { ConfigurationSection } from './section.ts';
import { pathText, type SettingPath } from './setting-path.ts';
import { suggestion } from './suggestion.ts';

export type CheckedSection<Options> =
  | { readonly state: 'valid'; readonly options: Options }
  | { readonly state: 'broken'; readonly problems: readonly ConfigurationProblem[] };

/** Asks the schema, and says in our words what it does not like. A transform that throws is a problem, too. */
export function checkSection<Options>(
  name: string,
  section: ConfigurationSection<Options>,
  settings: unknown,
  root: JsonSchema,
  originOf: (path: SettingPath) => Origin,
): CheckedSection<Options> {
  try {
    const result = section.schema.safeParse(settings, { reportInput: true });
    if (result.success) return { state: 'valid', options: result.data };
    const problems = result.error.issues.slice(0, 100).map((issue) => problemOf(issue, name, root, originOf));
    return { state: 'broken', problems };
  } catch (error) {
    // A part that refuses its options when they are made has the last word.
    const problem = `is refused (${error instanceof Error ? withoutSecrets(error.message) : 'unknown reason'})`;
    return { state: 'broken', problems: [{ path: name, problem, origin: originOf([name]) }] };
  }
}

function problemOf(
  issue: z.core.$ZodIssue,
  section: string,
  root: JsonSchema,
  originOf: (path: SettingPath) => Origin,
): ConfigurationProblem {
  const path = [section, ...(issue.path as SettingPath)];
  const at = path.reduce<JsonSchema>((found, step) => schemaOf(found, step) ?? {}, root);
  const common = { path: pathText(path), origin: originOf(path) };
  if (issue.code === 'unrecognized_keys') {
    const cure = suggestion(issue.keys[0] ?? '', namesIn(at));
    return { ...common, problem: `has no "${issue.keys.join('", "')}"`, ...(cure !== undefined && { cure }) };
  }
  const isOwn = issue.code === 'custom' && issue.message !== 'Invalid input';
  const must = isOwn ? issue.message : `must be ${mustBe(issue, at)}`;
  const secrecy = path.reduce<Secrecy>((above, step) => secrecyWithin(above, String(step)), 'none');
  return {
    ...common,
    problem: isOwn && issue.input === undefined ? must : `${must}; got ${gotText(issue.input, secrecy)}`,
  };
}

function mustBe(issue: z.core.$ZodIssue, at: JsonSchema): string {
  const known = description(at);
  if (at.description !== undefined) return known;
  switch (issue.code) {
    case 'too_small':
      if (issue.origin === 'string') return `a text of ${issue.minimum} or more characters`;
      if (issue.origin === 'array') return `a list of ${issue.minimum} or more`;
      return known;
    case 'too_big':
      if (issue.origin === 'string') return `a text of ${issue.maximum} or fewer characters`;
      if (issue.origin === 'array') return `a list of ${issue.maximum} or fewer`;
      return known;
    case 'invalid_format':
      return `${known} that is a valid ${issue.format}`;
    default:
      return known;
  }
}

function gotText(value: unknown, secrecy: Secrecy): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const isSecret = hides(secrecy, value);
  if (typeof value !== 'string') return isSecret ? `a ${typeof value} (${REDACTED})` : String(value);
  if (isSecret) return `a text of ${value.length} characters (${REDACTED})`;
  // Cut afterwards: of an address cut before its @ it is not seen that it has a password.
  const safe = withoutSecrets(value);
  return JSON.stringify(safe.length > 60 ? `${safe.slice(0, 60)}…` : safe);
}
