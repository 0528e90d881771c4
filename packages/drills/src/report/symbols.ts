import { type Html, html, trusted } from './html.ts';
import { type Outcome, outcomeWords } from './outcome.ts';

/** The drawings that the page uses again and again, each around its origin. Shapes differ, so that colour need not. */
export const symbols: Html = trusted(`<svg class="symbols" aria-hidden="true"><defs>
<symbol id="recovered" viewBox="-8 -8 16 16"><path class="line" d="M-5 .5-1.5 4 5.5-4"/></symbol>
<symbol id="fallback" viewBox="-8 -8 16 16"><circle class="line" r="5.2"/><path class="fill" d="M0-5.2a5.2 5.2 0 0 1 0 10.4z"/></symbol>
<symbol id="person" viewBox="-8 -8 16 16"><circle class="fill" cy="-3.2" r="2.7"/><path class="fill" d="M-5.2 6a5.2 5.6 0 0 1 10.4 0z"/></symbol>
<symbol id="failed" viewBox="-8 -8 16 16"><path class="line" d="M-4.4-4.4 4.4 4.4M4.4-4.4-4.4 4.4"/></symbol>
<symbol id="none" viewBox="-8 -8 16 16"><circle class="line" r="5" stroke-dasharray="2.2 2"/></symbol>
<pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse"><path d="M-1 1 1-1M0 4 4 0M3 5 5 3"/></pattern>
<path id="injected" d="M-4.5-5h9L0 4z"/>
<path id="detected" d="M0-5.5 5.5 0 0 5.5-5.5 0z"/>
<path id="useful" d="M-5 4.5h10L0-4.5z"/>
<circle id="gone" r="3.4"/>
<rect id="restored" x="-4.2" y="-4.2" width="8.4" height="8.4" rx="1.4"/>
</defs></svg>`);

/** The mark of an outcome. The words must stand beside it, or be said with `withWords`. */
export function mark(outcome: Outcome, { withWords = false } = {}): Html {
  return html`<svg class="mark ${outcome}" aria-hidden="true"><use href="#${outcome}"/></svg>${
    withWords && html`<span class="${outcome}"> ${outcomeWords[outcome]}</span>`
  }`;
}
