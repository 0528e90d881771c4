import { metricsFaults } from './metrics-faults.ts';

/** The base units of Prometheus: https://prometheus.io/docs/practices/naming/#base-units */
export type BaseUnit = (typeof baseUnits)[number];

export type InstrumentKind = 'counter' | 'gauge' | 'histogram';

export interface MetricShape {
  readonly kind: InstrumentKind;
  readonly name: string;
  readonly help: string;
  readonly unit: BaseUnit | undefined;
  readonly labelNames: readonly string[];
}

const baseUnits = [
  'seconds',
  'bytes',
  'ratio',
  'celsius',
  'meters',
  'volts',
  'amperes',
  'joules',
  'grams',
] as const;

/**
 * @internal The unit, as the name says it. Throws METRIC_INVALID when Prometheus, or a person who reads the name, would
 * take it for something else.
 */
export function checkMetric(
  { kind, name, help, unit, labelNames }: MetricShape,
  prefix: string,
): BaseUnit | undefined {
  const problem = nameProblem(kind, name, unit, prefix) ?? helpProblem(help) ?? labelProblem(labelNames);
  if (problem !== undefined)
    throw metricsFaults.METRIC_INVALID({ metric: String(name).slice(0, 200), problem });
  return baseUnits.find((known) => baseNameOf(name).endsWith(`_${known}`));
}

const snakeCase = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/** Of units that are not base units, how names say them and what to say instead. */
const otherUnits: readonly (readonly [RegExp, BaseUnit])[] = [
  [
    /_(ns|us|ms|sec|secs|s|min|mins|h|nanos|millis|(nano|micro|milli)?second|(nano|micro|milli)seconds)$/,
    'seconds',
  ],
  [/_(minutes?|hours?|days?|weeks?)$/, 'seconds'],
  [/_(kb|kib|mb|mib|gb|gib|byte|bits?|(kilo|mega|giga|kibi|mebi|gibi)bytes?)$/, 'bytes'],
  [/_(percent|percentage|pct)$/, 'ratio'],
];

/** What Prometheus appends by itself, and kinds that a name is not to say. */
const reserved = /_(total|count|sum|bucket|info|created)$/;
const kindInName = /_(counter|gauge|histogram|summary)(_|$)/;

function nameProblem(
  kind: InstrumentKind,
  name: string,
  unit: BaseUnit | undefined,
  prefix: string,
): string | undefined {
  if (typeof name !== 'string' || !snakeCase.test(name))
    return 'a name has lower case letters, digits and single underscores between them, as sustain_faults_total';
  if (!name.startsWith(prefix)) return `its name must begin with ${prefix}`;
  const base = baseNameOf(name);
  if (kind === 'counter' && base === name) return `the name of a counter ends in _total: ${name}_total`;
  if ((kind === 'counter' ? base : name).match(reserved))
    return `the name of a ${kind} must not end in ${kind === 'counter' ? base.match(reserved)?.[0] : name.match(reserved)?.[0]}`;
  if (kindInName.test(name)) return 'a name does not say what kind of metric it is';
  const other = otherUnits.find(([pattern]) => pattern.test(base));
  if (other) return `metrics have base units: measure in ${other[1]}, and end the name in _${other[1]}`;
  if (unit === undefined) return undefined;
  if (!baseUnits.includes(unit))
    return `its unit must be one of ${baseUnits.join(', ')}; got ${String(unit)}`;
  return base.endsWith(`_${unit}`)
    ? undefined
    : `its name must end in _${unit}${base === name ? '' : '_total'}`;
}

function baseNameOf(name: string): string {
  return name.replace(/_total$/, '');
}

function helpProblem(help: string): string | undefined {
  return typeof help === 'string' && help.trim() !== ''
    ? undefined
    : 'it needs a help text that says what it counts';
}

function labelProblem(labelNames: readonly string[]): string | undefined {
  const wrong = labelNames.find((name) => !snakeCase.test(name) || name === 'le' || name === 'quantile');
  if (wrong !== undefined)
    return `no label may be called ${wrong}: use lower case words, but not le or quantile`;
  return new Set(labelNames).size === labelNames.length ? undefined : 'two of its labels have the same name';
}
