import { z } from 'zod';
import { plainName } from './suggestion.ts';

/** What we read of JSON Schema (draft 2020-12) as zod writes it of what may be given. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** Of what may be given to the schema, before its transforms. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as JsonSchema;
}

/** All the names that an object may have here; none where it is no object, or where its names are free. */
export function namesIn(schema: JsonSchema): readonly string[] {
  return forms(schema).flatMap((form) => Object.keys(form.properties ?? {}));
}

/** The schema of a name or index; undefined where there is no such name. */
export function schemaOf(schema: JsonSchema, step: string | number): JsonSchema | undefined {
  const found = forms(schema).flatMap((form) => {
    if (typeof step === 'number') return form.items ?? [];
    if (form.properties !== undefined && Object.hasOwn(form.properties, step))
      return form.properties[step] ?? [];
    if (typeof form.additionalProperties === 'object') return form.additionalProperties;
    // Says nothing about what is in it: everything may be.
    return form.additionalProperties !== false && form.type === undefined && !form.properties ? {} : [];
  });
  return found.length > 1 ? { anyOf: found } : found[0];
}

/** How the schema spells a name: `maxSize` for `max_size` and `MAX_SIZE`. Undefined: it knows no such name. */
export function nameIn(schema: JsonSchema, given: string): string | undefined {
  let names = namesByPlain.get(schema);
  if (names === undefined) {
    names = new Map(namesIn(schema).map((name) => [plainName(name), name]));
    namesByPlain.set(schema, names);
  }
  return names.get(plainName(given)) ?? (schemaOf(schema, given) === undefined ? undefined : given);
}

/** Asked for every name of every source, each time. */
const namesByPlain = new WeakMap<JsonSchema, ReadonlyMap<string, string>>();

export function allows(schema: JsonSchema, type: string): boolean {
  return forms(schema).some((form) => {
    const types = form.type === undefined ? typesOf(form) : [form.type].flat();
    return types.length === 0 || types.includes(type);
  });
}

/** What must be written here, as the end of "must be …". */
export function description(schema: JsonSchema): string {
  if (schema.description !== undefined) return schema.description;
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(description))].join(' or ');
  if (schema.enum !== undefined || 'const' in schema) return words(valuesIn(schema));
  return (
    [schema.type ?? []]
      .flat()
      .map((type) => typeText(type, schema))
      .join(' or ') || 'something else'
  );
}

function typeText(type: string, { minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  const text = TYPE_TEXTS[type] ?? type;
  if (type !== 'number' && type !== 'integer') return text;
  // Zod tells the limits of whole numbers in JavaScript, which nobody chose.
  const least = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (exclusiveMinimum !== undefined)
    return `${text} above ${exclusiveMinimum}${most === undefined ? '' : ` and at most ${most}`}`;
  if (least !== undefined)
    return most === undefined ? `${text} of ${least} or more` : `${text} from ${least} to ${most}`;
  return most === undefined ? text : `${text} of ${most} or less`;
}

const TYPE_TEXTS: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  array: 'a list',
  object: 'a map of settings',
  null: 'nothing (null)',
};

function forms(schema: JsonSchema): readonly JsonSchema[] {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(forms);
}

function typesOf(form: JsonSchema): readonly string[] {
  return valuesIn(form).map((value) => (value === null ? 'null' : typeof value));
}

/** The only values that may be, where they are counted out. */
function valuesIn(form: JsonSchema): readonly unknown[] {
  return form.enum ?? ('const' in form ? [form.const] : []);
}

function words(values: readonly unknown[]): string {
  return `${values.length > 1 ? 'one of ' : ''}${values.map(String).join(', ')}`;
}
