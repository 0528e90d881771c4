import { createHash } from 'node:crypto';
import type { AnyFaultFactory } from '@sustain/kernel';
import type { DrillResult, DrillSummary } from '../drill/index.ts';
import { clipped } from './clipped.ts';
import { drillList } from './drill-list.ts';
import { headline, verdictOf } from './headline.ts';
import { histograms } from './histograms.ts';
import { type Html, html, trusted } from './html.ts';
import { matrix } from './matrix.ts';
import { type ReportDrill, type ReportFault, reportFaults } from './report-faults.ts';
import { script } from './script.ts';
import { style } from './style.ts';
import { mark, symbols } from './symbols.ts';

export interface ReportOptions {
  readonly results: readonly DrillResult[];
  readonly summary: DrillSummary;
  /** Of all chance in the run. */
  readonly seed: string | number;
  /** When the run began, in ms since 1970. */
  readonly startedWallMs: number;
  /** All that are declared, also those that no drill is for. */
  readonly faults: readonly AnyFaultFactory[];
}

/**
 * What came of drills as one HTML page that needs nothing else: figures, faults × recoveries, histograms, and a timeline
 * a drill. Nothing in the results can become markup or script: all is escaped, and the page's policy allows its own
 * script only. The same input gives the same page. Without script it shows the same, but cannot choose.
 */
export function reportHtml({ results, summary, seed, startedWallMs, faults }: ReportOptions): string {
  const systems = reportFaults(faults, results);
  const substituted = results.filter(({ substitutes }) => substitutes.length > 0).length;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Drills: ${verdictOf(summary).text}</title>
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#drills">Skip to the drills</a>
${symbols}
${headline(summary, { seed: `${seed}`, startedWallMs, substituted })}
<main>
${attention([...systems.values()].flat())}
${matrix(systems)}
${histograms(results)}
${drillList(systems)}
</main>
<script>${trusted(script)}</script>
</body>
</html>
`;
  return page.markup;
}

/** What a person should look at first; nothing when there is nothing. */
function attention(faults: readonly ReportFault[]): Html {
  const drills = faults.flatMap(({ drills }) => drills);
  const failed = drills.filter(({ outcome }) => outcome === 'failed');
  const without = faults.filter(({ drills }) => drills.length === 0);
  const substitutes = Map.groupBy(
    drills.flatMap((drill) => drill.result.substitutes.map((what) => ({ what, drill }))),
    ({ what }) => what,
  );
  if (failed.length + without.length + substitutes.size === 0) return html``;
  return html`<section id="attention" aria-labelledby="attention-title">
<h2 id="attention-title">To look at</h2>
<ul>${failed.map(
    (drill) =>
      html`<li>${mark('failed')}<span>${linkTo(drill)} failed: ${clipped(drill.result.detail, 300)}</span></li>
`,
  )}${without.map(
    ({ system, code }) =>
      html`<li>${mark('none')}<span><span class="code">${system} ${code}</span> is declared, and has no drill</span></li>
`,
  )}${[...substitutes].map(
    ([what, drills]) =>
      html`<li><span class="substitute">substitute</span><span>${clipped(what, 300)}:${drills.map(
        ({ drill }, index) => html`${index > 0 && ','} ${linkTo(drill)}`,
      )}</span></li>
`,
  )}</ul>
</section>`;
}

function linkTo({ id, result }: ReportDrill): Html {
  return html`<a href="#${id}">${result.system}/${result.drill}</a>`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
