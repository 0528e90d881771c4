import type { DrillMoment } from '../drill/index.ts';
import { inWords } from '../durations/index.ts';
import { clipped } from './clipped.ts';
import { type Html, html } from './html.ts';

/**
 * What a drill went through as a list, for who reads, and for who cannot see the picture. Of uses and signals at most
 * `room`, those that say the same in a row taken together.
 */
export function momentList(moments: readonly DrillMoment[], room: number): Html {
  const runs = runsOf(moments);
  const shown = shownOf(runs, room);
  const left = runs.length - shown.length;
  return html`<ol class="moments">${shown.map(momentItem)}${
    left > 0 && html`<li>and ${left} more uses and signals</li>`
  }</ol>`;
}

const MOST_CHARACTERS = 240;

/** Moments that say the same, one after the other. */
interface Run {
  readonly moment: DrillMoment;
  times: number;
  untilMs: number;
}

const words: Readonly<Record<DrillMoment['what'], string>> = {
  injected: 'injected',
  detected: 'detected',
  recovered: 'recovered',
  'cause-gone': 'cause gone',
  restored: 'restored',
  signal: 'signal',
  used: 'used',
  failed: 'use failed',
};

function runsOf(moments: readonly DrillMoment[]): Run[] {
  const runs: Run[] = [];
  for (const moment of moments) {
    const last = runs.at(-1);
    if (last?.moment.what === moment.what && last.moment.text === moment.text) {
      last.times++;
      last.untilMs = moment.atMs;
    } else {
      runs.push({ moment, times: 1, untilMs: moment.atMs });
    }
  }
  return runs;
}

/** All that the times are measured by, and as many of the others as there is room for. */
function shownOf(runs: readonly Run[], room: number): Run[] {
  let left = room;
  return runs.filter(({ moment }) => isMilestone(moment) || left-- > 0);
}

function isMilestone({ what }: DrillMoment): boolean {
  return what !== 'signal' && what !== 'used' && what !== 'failed';
}

function momentItem({ moment, times, untilMs }: Run): Html {
  const { atMs, what, text } = moment;
  const name = isMilestone(moment) ? html`<b>${words[what]}</b>` : words[what];
  return html`<li${what === 'failed' && html` class="bad"`}><i>${inWords(Math.max(0, atMs))}</i> ${name}${
    times > 1 && ` ${times} times, until ${inWords(Math.max(0, untilMs))}`
  }${text !== '' && `: ${clipped(text, MOST_CHARACTERS)}`}</li>`;
}
