import { inWords } from '../durations/index.ts';
import { type Html, html } from './html.ts';
import type { Outcome } from './outcome.ts';
import { outcomeWords } from './outcome.ts';
import type { ReportFault } from './report-faults.ts';
import { mark } from './symbols.ts';

/** Which recovery each declared fault names, and what came of it: faults by system, recoveries as columns. */
export function matrix(systems: ReadonlyMap<string, readonly ReportFault[]>): Html {
  const faults = [...systems.values()].flat();
  const recoveries = [...new Set(faults.map(({ recovery }) => recovery))];
  return html`<section id="matrix" aria-labelledby="matrix-title">
<h2 id="matrix-title">Faults and their recoveries</h2>
<ul class="legend">${OUTCOMES.map((outcome) => html`<li>${mark(outcome, { withWords: true })}</li>`)}</ul>
<div class="scroll" tabindex="0" role="region" aria-labelledby="matrix-title">
<table class="matrix">
<thead><tr><th scope="col">fault</th><th scope="col">severity</th>${recoveries.map(
    (recovery) => html`<th scope="col" class="recovery"><span>${recovery}</span></th>`,
  )}<th scope="col">longest recovery</th></tr></thead>
${[...systems].map(
  ([system, faults]) => html`<tbody>
<tr><th scope="rowgroup" colspan="${recoveries.length + 3}">${system}</th></tr>
${faults.map((fault) => faultRow(fault, recoveries))}</tbody>
`,
)}</table>
</div>
</section>`;
}

const OUTCOMES: readonly Outcome[] = ['recovered', 'fallback', 'person', 'failed', 'none'];

function faultRow(fault: ReportFault, recoveries: readonly string[]): Html {
  const { code, severity, drills } = fault;
  const [first] = drills;
  const name = first === undefined ? html`${code}` : html`<a href="#${first.id}">${code}</a>`;
  return html`<tr><th scope="row" class="code">${name}</th><td class="soft">${severity ?? 'not declared'}</td>${recoveries.map(
    (recovery) => (recovery === fault.recovery ? outcomeCell(fault) : html`<td></td>`),
  )}<td>${longestRecovery(fault)}</td></tr>
`;
}

function longestRecovery({ drills }: ReportFault): string | false {
  const times = drills.flatMap(({ result }) => result.recoveryMs ?? []);
  return times.length > 0 && inWords(times.reduce((longest, ms) => Math.max(longest, ms)));
}

function outcomeCell({ drills }: ReportFault): Html {
  if (drills.length === 0)
    return html`<td class="cell none">${mark('none')}<span class="said">no drill</span></td>`;
  const counts = OUTCOMES.flatMap((outcome) => {
    const count = drills.filter((drill) => drill.outcome === outcome).length;
    return count > 0 ? [{ outcome, count }] : [];
  });
  const failed = counts.some(({ outcome }) => outcome === 'failed');
  return html`<td class="${failed ? 'cell failed' : 'cell'}">${counts.map(
    ({ outcome, count }) =>
      html`<span class="count">${mark(outcome)}${count}<span class="said"> ${outcomeWords[outcome]}</span></span>`,
  )}</td>`;
}
