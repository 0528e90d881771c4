/** Colours have meanings: what is well, lesser, a person's, or wrong. Each stands beside a shape or a word. */
const colours = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f7f8f8, #101418);
  --panel: light-dark(#ffffff, #171c21);
  --ink: light-dark(#1c2228, #e3e8ed);
  --soft: light-dark(#56606b, #9aa6b2);
  --line: light-dark(#dde1e5, #2b323a);
  --well: light-dark(#14734a, #5fcb95);
  --lesser: light-dark(#1c6592, #74b9e8);
  --person: light-dark(#6547ac, #b8a2f4);
  --wrong: light-dark(#b3261e, #ff8f85);
  --wrong-pale: light-dark(#fdeceb, #3a1f20);
  --unseen: light-dark(#7a6226, #d9b45f);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
.recovered { color: var(--well) }
.fallback { color: var(--lesser) }
.person { color: var(--person) }
.failed, .not-ok .mark, .over, .failure dd { color: var(--wrong) }
.none { color: var(--soft) }
`;

const page = `
* { box-sizing: border-box }
[hidden] { display: none !important }
html { font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; color: var(--ink); background: var(--page); -webkit-text-size-adjust: 100% }
body { max-width: 78rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
h1, h2, h3, p, dl, dd, ul, ol, figure { margin: 0; padding: 0 }
ul, ol { list-style: none }
h1 { font-size: clamp(1.4rem, 3.4vw, 2rem); font-weight: 600; line-height: 1.2; letter-spacing: -0.015em; text-wrap: balance; margin: 0.4rem 0 1.5rem }
h2 { font-size: 1.15rem; font-weight: 600; letter-spacing: -0.01em }
h3 { font-size: 0.95rem; font-weight: 600 }
main > section { margin-top: 3rem }
main > section > h2 { margin-bottom: 0.5rem }
a { color: inherit; text-decoration-color: var(--soft); text-underline-offset: 0.2em }
a:hover { text-decoration-color: currentColor }
:focus-visible { outline: 2px solid var(--lesser); outline-offset: 2px; border-radius: 3px }
code, .code { font-family: var(--mono); font-size: 0.9em }
.soft, .about { color: var(--soft) }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.skip { position: absolute; left: -99rem }
.skip:focus { left: 1rem; top: 1rem; background: var(--panel); padding: 0.5rem 1rem; z-index: 3 }
.symbols { position: absolute; width: 0; height: 0 }
.mark { width: 1.1em; height: 1.1em; flex: none; vertical-align: -0.18em }
.line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round }
.fill { fill: currentColor }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; margin: 0.5rem 0 0.9rem; font-size: 0.87rem; color: var(--soft) }
.legend li { display: flex; align-items: center; gap: 0.35rem }
.legend svg:not(.mark) { width: 1.1rem; height: 1.1rem; overflow: hidden }
.substitute { border: 1px dashed var(--unseen); color: var(--unseen); border-radius: 3px; padding: 0 0.35em; font-size: 0.87em; white-space: nowrap }
`;

const figures = `
.figures { display: flex; flex-wrap: wrap; gap: 1px; background: var(--line); border: 1px solid var(--line); border-radius: 8px; overflow: hidden }
.figures > * { background: var(--panel) }
.figures dl { display: grid; flex: 3 1 24rem; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); padding: 0.4rem 0 }
.figure { display: flex; flex-direction: column; justify-content: center; padding: 0.6rem 1.1rem }
.figure dt { color: var(--soft); font-size: 0.87rem; order: 2 }
.figure b { font-size: 1.7rem; font-weight: 600; letter-spacing: -0.02em; line-height: 1.2 }
.figure.bad b, .figure.bad .mark { color: var(--wrong) }
.figures table { flex: 2 1 24rem; border-collapse: collapse; margin: 0; padding: 0.6rem }
.figures th, .figures td { padding: 0.4rem 1.1rem; text-align: right; font-weight: 400 } .figures td { white-space: nowrap }
.figures thead th { color: var(--soft); font-size: 0.87rem; vertical-align: bottom }
.figures th:first-child { text-align: left }
.figures tbody th { font-weight: 600 }
.figures tbody th .soft { display: block; font-weight: 400; font-size: 0.87rem }
.figures tbody tr { border-top: 1px solid var(--line) }
#attention ul { display: grid; gap: 0.4rem }
#attention li { display: flex; gap: 0.6rem; align-items: baseline; white-space: pre-line }
#attention li > .mark { position: relative; top: 0.18em }
`;

const matrixStyle = `
.scroll { position: relative; background: var(--panel); border: 1px solid var(--line); border-radius: 8px }
.matrix { border-collapse: separate; border-spacing: 0; width: 100% }
.matrix th, .matrix td { text-align: left; font-weight: 400; padding: 0.22rem 0.9rem; border-bottom: 1px solid var(--line); white-space: nowrap }
.matrix thead th { position: sticky; top: 0; z-index: 1; background: var(--panel); vertical-align: bottom; color: var(--soft); font-size: 0.87rem; padding-top: 0.7rem }
.matrix .recovery span { writing-mode: vertical-rl; transform: rotate(180deg); font-family: var(--mono) }
.matrix .recovery { padding-inline: 0.4rem } .matrix .cell { padding-inline: 0.4rem; min-width: 3.2rem }
.matrix :is(th, td):last-child { text-align: right }
.matrix thead th:first-child { border-top-left-radius: 8px } .matrix thead th:last-child { border-top-right-radius: 8px }
.matrix tbody [scope="rowgroup"] { text-align: left; font-weight: 600; background: var(--page); padding-top: 0.5rem }
.matrix td:nth-child(2) { font-size: 0.82rem }
.matrix .cell.failed { background: var(--wrong-pale) }
.matrix tr:hover > th, .matrix tr:hover > td { background: color-mix(in srgb, var(--line) 45%, var(--panel)) }
.matrix tbody:last-child tr:last-child > * { border-bottom: 0 }
.count { display: inline-flex; align-items: center; gap: 0.25rem; margin-right: 0.6rem; color: var(--ink) }
`;

const histogramStyle = `
.kind { display: grid; grid-template-columns: 7rem repeat(3, minmax(0, 1fr)); gap: 0.5rem 1.5rem; padding: 0.9rem 0 0.5rem; border-top: 1px solid var(--line); break-inside: avoid }
.soft + .kind { margin-top: 0.7rem }
figcaption { font-size: 0.87rem } figcaption .soft { display: block }
.histogram { display: block; width: 100%; max-width: 26rem; height: auto; overflow: visible }
.histogram text { font-size: 10.5px; fill: var(--soft) }
.bucket { fill: var(--lesser) }
.base { stroke: var(--line); stroke-width: 1; fill: none }
`;

const drillStyle = `
#filter { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1.2rem; margin: 0.9rem 0 }
#filter select, #filter button { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--soft); border-radius: 5px; padding: 0.25rem 0.6rem; min-height: 2rem; max-width: 14rem }
#filter output { color: var(--soft); min-width: 8rem }
#filter label { color: var(--soft) } #filter select { color: var(--ink) }
.columns, .drill summary { display: grid; grid-template-columns: 1.2rem 17rem minmax(8rem, 1fr) 15rem; gap: 0 0.8rem; align-items: center; padding: 0.3rem 0.9rem }
.columns { position: sticky; top: 0; z-index: 2; background: var(--page); color: var(--soft); font-size: 0.87rem; border-bottom: 1px solid var(--line) }
.times { display: grid; grid-template-columns: repeat(3, 1fr); text-align: right; white-space: nowrap; overflow-wrap: normal }
.drill .label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
.system h3 { padding: 1.1rem 0.9rem 0.3rem }
.drill { background: var(--panel); border: 1px solid var(--line); border-bottom-width: 0 }
.drill:first-of-type { border-radius: 8px 8px 0 0 } .drill:last-of-type { border-bottom-width: 1px; border-radius: 0 0 8px 8px }
.drill:first-of-type:last-of-type { border-radius: 8px }
.drill summary { cursor: pointer; list-style: none } .drill summary::-webkit-details-marker { display: none }
.drill summary:hover { background: color-mix(in srgb, var(--line) 35%, var(--panel)) }
.drill:target { border-left: 3px solid var(--lesser) }
.drill[data-outcome="recovered"] > summary > .mark { color: var(--well) } .drill[data-outcome="failed"] { border-left: 3px solid var(--wrong) }
.names { min-width: 0; line-height: 1.35 } .names .soft { display: block; font-size: 0.87rem }
.more { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 1rem 2.5rem; padding: 0.6rem 0.9rem 1.1rem 2.9rem; border-top: 1px solid var(--line); font-size: 0.93rem }
.more dl > div { display: grid; grid-template-columns: 8.5rem minmax(0, 1fr); gap: 0 0.8rem; padding: 0.15rem 0 }
.more dt { color: var(--soft) } .more dd, .moments li { white-space: pre-line; unicode-bidi: isolate }
.replay { user-select: all; background: var(--page); border: 1px solid var(--line); border-radius: 4px; padding: 0.1rem 0.4rem; white-space: normal }
.moments li { padding: 0.1rem 0 0.1rem 5rem; position: relative; white-space: pre-line; color: var(--soft) } .moments i { position: absolute; left: 0; width: 4.2rem; text-align: right; font-style: normal }
.moments b { font-weight: 600; color: var(--ink) } .moments .bad { color: var(--wrong) }
`;

const timelineStyle = `
.timeline, .axis { display: block; width: 100%; overflow: visible } .timeline { height: 32px } .axis { height: 20px }
.bars { width: 100%; height: 100%; overflow: visible }
.grid line { stroke: var(--line); stroke-width: 1 }
.tick { text-anchor: middle; font-size: 11px; fill: var(--soft) }
.unseen { y: 11px; height: 10px; fill: url(#hatch); stroke: var(--unseen); stroke-width: 1; vector-effect: non-scaling-stroke } #hatch path { stroke: var(--unseen); stroke-width: 1 }
.down { y: 11px; height: 10px; fill: var(--wrong); opacity: 0.85 }
.lesser { y: 14px; height: 4px; fill: var(--lesser) }
.cause { y: 23px; height: 1.5px; fill: var(--soft) }
.used-uses, .failed-uses { fill: none; stroke: var(--soft); stroke-width: 1; vector-effect: non-scaling-stroke } .failed-uses { stroke: var(--wrong) }
:is(use, .legend svg use):is(.injected, .detected, .useful, .restored) { stroke: var(--panel); stroke-width: 1.2; paint-order: stroke }
use.injected { fill: var(--ink) } use.detected { fill: var(--unseen) } use.useful { fill: var(--lesser) } use.restored { fill: var(--well) }
use.gone { fill: var(--panel); stroke: var(--soft); stroke-width: 1.6 }
`;

const small = `
@media (max-width: 60rem) {
  body { padding: 1.5rem 1rem 3rem }
  .columns { grid-template-columns: 1fr; padding: 0.2rem 0.9rem } .columns > :not(.axis) { display: none }
  .drill summary { grid-template-columns: 1.2rem minmax(0, 1fr); gap: 0.25rem 0.6rem; padding: 0.55rem 0.9rem }
  .drill .timeline, .drill .times { grid-column: 1 / -1 } .drill .timeline { order: 3 }
  .drill .times { display: flex; flex-wrap: wrap; text-align: left; font-size: 0.87rem; gap: 0 0.9rem; padding-left: 1.8rem }
  .drill .label { position: static; width: auto; height: auto; clip-path: none; color: var(--soft) }
  .more { grid-template-columns: minmax(0, 1fr); padding-left: 0.9rem } .more dl > div { grid-template-columns: minmax(0, 1fr); padding: 0.25rem 0 }
  .kind { grid-template-columns: minmax(0, 1fr) }
  .scroll { overflow-x: auto } .matrix .recovery { width: auto } .matrix :is(th, td):nth-child(2) { display: none }
  .matrix tbody th[scope="row"] { position: sticky; left: 0; background: var(--panel) }
  .figures th, .figures td { padding-inline: 0.5rem; overflow-wrap: normal } .figures :is(th, td):first-child { padding-left: 1.1rem } .figures dl { grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)) }
}
@media print {
  :root { color-scheme: light } html { font-size: 11px } body { max-width: none; padding: 0; print-color-adjust: exact }
  #filter, .skip { display: none } .columns { position: static } .scroll { overflow: visible } .matrix thead th { position: static }
  .drill { break-inside: avoid } tr, li, figure { break-inside: avoid } h2, h3 { break-after: avoid }
}
@media (forced-colors: active) { .bucket, .down, .lesser, .cause { forced-color-adjust: none } }
`;

/** The look of the page. No rule of it can load anything, and none stands in the markup. */
export const style = [
  colours,
  page,
  figures,
  matrixStyle,
  histogramStyle,
  drillStyle,
  timelineStyle,
  small,
].join('');
