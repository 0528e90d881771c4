import { drillRow, TIMES, timeWords } from './drill-row.ts';
import { type Html, html } from './html.ts';
import { outcomeWords } from './outcome.ts';
import type { ReportDrill, ReportFault } from './report-faults.ts';
import { timeScale } from './time-scale.ts';
import { lastMomentMs, timeAxis } from './timeline.ts';

/** All drills, system by system, on one scale, with what chooses among them. */
export function drillList(systems: ReadonlyMap<string, readonly ReportFault[]>): Html {
  const groups = [...systems].map(([system, faults]) => ({
    system,
    drills: faults.flatMap(({ drills }) => drills),
  }));
  const all = groups.flatMap(({ drills }) => drills);
  const longestMs = all.reduce((longest, { result }) => Math.max(longest, lastMomentMs(result.timeline)), 0);
  const scale = timeScale(longestMs);
  const room = Math.min(MOST_ROOM, Math.max(LEAST_ROOM, Math.floor(ROOM / all.length)));
  return html`<section id="drills" aria-labelledby="drills-title">
<h2 id="drills-title">Drills</h2>
<p class="soft">From the injection, on one logarithmic scale. Open a drill to see what happened, and how to do it again.</p>
${legend}
${filterForm(all)}
<div class="columns"><span></span><span></span>${timeAxis(scale)}<span class="times">${TIMES.map(
    (time) => html`<span class="time">${timeWords[time]}</span>`,
  )}</span></div>
${groups.map(
  ({ system, drills }) =>
    drills.length > 0 &&
    html`<section class="system"><h3>${system}</h3>
${drills.map((drill) => drillRow(drill, scale, room))}</section>
`,
)}
</section>`;
}

/** Uses and signals in all lists together: a page of 1,000 drills stays below 3 MB. */
const ROOM = 4000;
const MOST_ROOM = 24;
const LEAST_ROOM = 4;

const legend = html`<ul class="legend">${(
  [
    ['injected', 'injected'],
    ['detected', 'detected'],
    ['useful', 'recovered: useful again'],
    ['gone', 'cause gone'],
    ['restored', 'restored: full function'],
  ] as const
).map(
  ([id, words]) =>
    html`<li><svg viewBox="-8 -8 16 16" aria-hidden="true"><use class="${id}" href="#${id}"/></svg>${words}</li>`,
)}${(
  [
    ['unseen', 'broken, not yet seen'],
    ['down', 'not useful'],
    ['lesser', 'useful, not yet in full'],
    ['cause', 'cause present'],
    ['failed-uses', 'uses that failed'],
    ['used-uses', 'uses that brought something'],
  ] as const
).map(
  ([name, words]) =>
    html`<li><svg viewBox="0 4 24 24" aria-hidden="true">${
      name.endsWith('uses')
        ? html`<path class="${name}" d="M6 14v4M12 14v4M18 14v4"/>`
        : html`<rect class="${name} sample" width="24"/>`
    }</svg>${words}</li>`,
)}</ul>`;

/** Shown by the script, which is what makes it work. */
function filterForm(drills: readonly ReportDrill[]): Html {
  return html`<form id="filter" hidden aria-label="Which drills are shown">
${choice(
  'system',
  drills.map(({ result }) => [result.system, result.system]),
)}
${choice(
  'kind',
  drills.map(({ result }) => [result.kind, result.kind]),
)}
${choice(
  'outcome',
  drills.map(({ outcome }) => [outcome, outcomeWords[outcome]]),
)}
<output aria-live="polite">${drills.length} of ${drills.length} shown</output>
<button type="button" id="open-all">Open all shown</button>
</form>`;
}

function choice(name: string, values: readonly (readonly [value: string, words: string])[]): Html {
  const options = [...new Map(values)].map(
    ([value, words]) => html`<option value="${value}">${words}</option>`,
  );
  return html`<label>${name} <select name="${name}" autocomplete="off"><option value="">all</option>${options}</select></label>`;
}
