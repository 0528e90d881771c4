import type { DrillSummary, Times } from '../drill/index.ts';
import { inWords } from '../durations/index.ts';
import { type Html, html } from './html.ts';
import { mark } from './symbols.ts';

/** Whether all is well, in a sentence. */
export interface Verdict {
  readonly ok: boolean;
  readonly text: string;
}

export function verdictOf({ drills, ok, faultsDeclared, faultsCovered }: DrillSummary): Verdict {
  const failed = drills - ok;
  const uncovered = faultsDeclared - faultsCovered;
  if (drills === 0) return { ok: false, text: 'No drill was run.' };
  if (failed === 0 && uncovered === 0) {
    return {
      ok: true,
      text: `Every one of ${count(faultsDeclared, 'declared fault')} was broken, and survived.`,
    };
  }
  const problems = [
    failed > 0 ? `${failed} of ${count(drills, 'drill')} failed` : `${count(drills, 'drill')} ok`,
    ...(uncovered > 0 ? [`${uncovered} of ${count(faultsDeclared, 'declared fault')} not covered`] : []),
  ];
  return { ok: false, text: `${problems.join('; ')}.` };
}

/** The verdict and the figures of the summary. */
export function headline(
  summary: DrillSummary,
  { seed, startedWallMs, substituted }: { seed: string; startedWallMs: number; substituted: number },
): Html {
  const { drills, ok, faultsDeclared, faultsCovered, automatedRecovery, unhandled, contextLost } = summary;
  const verdict = verdictOf(summary);
  const at = new Date(startedWallMs).toISOString();
  return html`<header>
<p class="about">Sustain · drills · <time datetime="${at}">${at.slice(0, 16).replace('T', ' ')} UTC</time> · seed <code>${seed}</code></p>
<h1 class="${verdict.ok ? 'ok' : 'not-ok'}">${mark(verdict.ok ? 'recovered' : 'failed')} ${verdict.text}</h1>
<div class="figures"><dl>
${figure('drills ok', ok, ok === drills, ` of ${drills}`)}
${figure('faults covered', faultsCovered, faultsCovered === faultsDeclared, ` of ${faultsDeclared}`)}
${figure('automated recovery', percent(automatedRecovery), automatedRecovery === 1, ' %')}
${figure('unhandled errors', unhandled, unhandled === 0)}
${figure('context lost', contextLost, contextLost === 0)}
${figure('with a substitute', substituted, true)}
</dl>
<table><thead><tr><th scope="col">time</th><th scope="col">half within</th><th scope="col">99 % within</th><th scope="col">longest</th></tr></thead><tbody>
${timesRow('detect', 'injected → signal', summary.detectMs)}
${timesRow('recovery', 'signal → useful again', summary.recoveryMs)}
${timesRow('restore', 'cause gone → full function', summary.restoreMs)}
</tbody></table></div>
</header>`;
}

function figure(name: string, value: string | number, ok: boolean, unit = ''): Html {
  return html`<div class="${ok ? 'figure' : 'figure bad'}"><dt>${name}</dt><dd><b>${value}</b><span class="soft">${unit}</span>${
    !ok && html` ${mark('failed')}<span class="said"> not as it must be</span>`
  }</dd></div>`;
}

/** Rounded down, so that 100 means all. */
function percent(share: number): number {
  return Math.floor(share * 1000) / 10;
}

function timesRow(name: string, meaning: string, { p50, p99, max }: Times): Html {
  return html`<tr><th scope="row">${name} <span class="soft">${meaning}</span></th>${[p50, p99, max].map(
    (ms) => html`<td>${ms === null ? 'none' : inWords(ms)}</td>`,
  )}</tr>
`;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
