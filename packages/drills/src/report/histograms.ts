import type { DrillResult } from '../drill/index.ts';
import { inWords, stepAbove } from '../durations/index.ts';
import { TIMES, timeWords } from './drill-row.ts';
import { type Html, html } from './html.ts';

/** How long detection, recovery and restoring took, over all drills and for each kind of cause, on one axis. */
export function histograms(results: readonly DrillResult[]): Html {
  const all = results.flatMap((result) => TIMES.flatMap((time) => result[time] ?? []));
  if (all.length === 0) return html``;
  const steps = stepsBetween(stepAbove(smallest(all)), stepAbove(largest(all)));
  const kinds = [...Map.groupBy(results, ({ kind }) => kind)];
  const groups = kinds.length > 1 ? [['all', results] as const, ...kinds] : [['all', results] as const];
  return html`<section id="histograms" aria-labelledby="histograms-title">
<h2 id="histograms-title">How long it took</h2>
<p class="soft">Drills by duration. Each bar reaches to the next of 1, 2 and 5; the scale is logarithmic.</p>
${groups.map(
  ([name, drills]) => html`<section class="kind"><h3>${name}</h3>
${TIMES.map((time) =>
  histogram(
    timeWords[time],
    drills.flatMap((drill) => drill[time] ?? []),
    steps,
  ),
)}
</section>
`,
)}</section>`;
}

const WIDTH = 320;
const BASE = 62;
const MOST_HEIGHT = 46;

function histogram(name: string, valuesMs: readonly number[], steps: readonly number[]): Html {
  if (valuesMs.length === 0) {
    return html`<figure><figcaption><b>${name}</b> <span class="soft">not measured</span></figcaption></figure>`;
  }
  const counts = new Map<number, number>();
  for (const ms of valuesMs) counts.set(stepAbove(ms), (counts.get(stepAbove(ms)) ?? 0) + 1);
  const most = largest([...counts.values()]);
  const width = WIDTH / steps.length;
  const buckets = steps.flatMap((step, index) => {
    const count = counts.get(step);
    return count === undefined
      ? []
      : [{ step, count, x: index * width, height: (MOST_HEIGHT * count) / most }];
  });
  const inText = buckets.map(({ step, count }) => `${count} under ${inWords(step)}`).join(', ');
  const sorted = valuesMs.toSorted((one, other) => one - other);
  const median = sorted[Math.ceil(sorted.length / 2) - 1] as number;
  return html`<figure><figcaption><b>${name}</b> <span class="soft">${valuesMs.length} ${
    valuesMs.length === 1 ? 'drill' : 'drills'
  } · median ${inWords(median)} · longest ${inWords(sorted.at(-1) as number)}</span></figcaption>
<svg class="histogram" viewBox="0 0 ${WIDTH} 80" role="img" aria-label="${name}: ${inText}"><path class="base" d="M0 ${BASE}h${WIDTH}"/>${buckets.map(
    ({ count, x, height }) =>
      html`<rect class="bucket" x="${short(x + 1)}" y="${short(BASE - height)}" width="${short(width - 2)}" height="${short(height)}"/><text x="${short(x + width / 2)}" y="${short(BASE - height - 3)}" text-anchor="middle">${count}</text>`,
  )}${steps.map((step, index) => {
    if (!/^10*$/.test(`${step}`) || index === steps.length - 1) return false;
    const x = short((index + 1) * width);
    return html`<path class="base" d="M${x} ${BASE}v4"/><text x="${x}" y="${BASE + 15}" text-anchor="middle">${inWords(step)}</text>`;
  })}</svg></figure>
`;
}

/** 1, 2, 5, 10 … from one to the other, both included; at least a decade, so that a bar is no wall. */
function stepsBetween(first: number, last: number): number[] {
  const steps = [first];
  while ((steps.at(-1) as number) < last || steps.length < 6) steps.push(stepAbove(steps.at(-1) as number));
  return steps;
}

function smallest(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

function short(value: number): number {
  return Math.round(value * 10) / 10;
}
