import type { DrillLimits, DrillResult } from '../drill/index.ts';
import { inWords } from '../durations/index.ts';
import { clipped } from './clipped.ts';
import { type Html, html } from './html.ts';
import { momentList } from './moment-list.ts';
import { outcomeWords } from './outcome.ts';
import type { ReportDrill } from './report-faults.ts';
import { mark } from './symbols.ts';
import type { TimeScale } from './time-scale.ts';
import { timeline } from './timeline.ts';

/** A drill: a line with its timeline, which opens to all that is known of it, `room` uses and signals at most. Failed ones are open. */
export function drillRow({ id, outcome, result }: ReportDrill, scale: TimeScale, room: number): Html {
  const { system, fault, drill, kind, substitutes } = result;
  return html`<details class="drill" id="${id}" data-system="${system}" data-kind="${kind}" data-outcome="${outcome}"${
    outcome === 'failed' && html` open`
  }>
<summary>${mark(outcome)}<span class="names"><span class="said">${outcomeWords[outcome]}: </span><span class="code">${fault}</span> <span class="soft">${drill} · ${kind}${
    substitutes.length > 0 && html` · <span class="substitute">substitute</span>`
  }</span></span>${timeline(result.timeline, scale)}<span class="times">${TIMES.map((time) => timeCell(time, result))}</span></summary>
<div class="more"><dl>${facts(result)}</dl>${momentList(result.timeline, room)}</div>
</details>
`;
}

/** The three times, in the order of the columns. */
export const TIMES = [
  'detectMs',
  'recoveryMs',
  'restoreMs',
] as const satisfies readonly (keyof DrillLimits)[];
type Time = (typeof TIMES)[number];

export const timeWords: Readonly<Record<Time, string>> = {
  detectMs: 'detect',
  recoveryMs: 'recovery',
  restoreMs: 'restore',
};

const MOST_CHARACTERS = 1500;

function timeCell(time: Time, { [time]: ms, limits, autoRecoverable }: DrillResult): Html {
  const label = html`<span class="label">${timeWords[time]} </span>`;
  if (ms === null) {
    const why = time === 'recoveryMs' && !autoRecoverable ? 'person' : 'never';
    return html`<span class="time none">${label}${why}</span>`;
  }
  const isOver = ms > limits[time] && (time !== 'recoveryMs' || autoRecoverable);
  return html`<span class="time">${label}${
    isOver
      ? html`<strong class="over">${inWords(ms)}<span class="said">, over its limit</span></strong>`
      : inWords(ms)
  }</span>`;
}

function facts(result: DrillResult): Html[] {
  const { breaks, recovers, notices, detail, substitutes, limits, unhandled, contextLost, replay } = result;
  const rows: [string, string | Html][] = [
    [result.ok ? 'result' : 'what failed', clipped(detail, MOST_CHARACTERS)],
    ['is broken', breaks],
    ['what is done', `${recovers} (${result.recovery})`],
    ['a user notices', notices],
  ];
  if (substitutes.length > 0) rows.push(['instead of the real', substitutes.join('; ')]);
  rows.push(['within', TIMES.map((time) => `${timeWords[time]} ${inWords(limits[time])}`).join(' · ')]);
  if (unhandled > 0) rows.push(['unhandled errors', `${unhandled}`]);
  if (contextLost > 0) rows.push(['context lost', `${contextLost}`]);
  rows.push(['do it again', html`<code class="replay">${replay}</code>`]);
  return rows.map(
    ([term, what]) =>
      html`<div${term === 'what failed' && html` class="failure"`}><dt>${term}</dt><dd>${what}</dd></div>`,
  );
}
