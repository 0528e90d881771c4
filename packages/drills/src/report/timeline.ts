import type { DrillMoment } from '../drill/index.ts';
import { inWords } from '../durations/index.ts';
import { type Html, html, trusted } from './html.ts';
import type { TimeScale } from './time-scale.ts';

/** What everything in a drill's timeline is drawn from. Times in ms; undefined for what did not come. */
interface Phases {
  readonly detectedMs: number | undefined;
  readonly recoveredMs: number | undefined;
  readonly causeGoneMs: number | undefined;
  readonly restoredMs: number | undefined;
  readonly endMs: number;
}

/**
 * A drill as a picture: a bar from the injection to full function, whose height and texture say how much worked, a
 * thin line under it for as long as the cause was there, and ticks above it for uses that failed (and below for those
 * that did not). For who sees; `momentList` says the same in words.
 */
export function timeline(moments: readonly DrillMoment[], scale: TimeScale): Html {
  const phases = phasesOf(moments);
  const { detectedMs, recoveredMs, causeGoneMs, restoredMs, endMs } = phases;
  const seenMs = detectedMs ?? endMs;
  const usefulMs = recoveredMs ?? restoredMs ?? endMs;
  const bar = (name: string, fromMs: number, toMs: number) => {
    const from = scale.at(fromMs);
    const width = scale.at(toMs) - from;
    return width > 0 && html`<rect class="${name}" x="${from}" width="${width}"/>`;
  };
  return html`<svg class="timeline" aria-hidden="true"><use href="#grid"/>${trusted(STRETCHED)}${[
    bar('unseen', 0, seenMs),
    bar('down', seenMs, usefulMs),
    bar('lesser', usefulMs, restoredMs ?? endMs),
    bar('cause', 0, causeGoneMs ?? endMs),
    ticks('used', moments, scale, 27),
    ticks('failed', moments, scale, 5),
  ]}</svg>${[
    glyph('injected', 0, scale),
    glyph('detected', detectedMs, scale),
    glyph('useful', recoveredMs, scale),
    glyph('gone', causeGoneMs, scale),
    glyph('restored', restoredMs, scale),
  ]}</svg>`;
}

/** The axis of all of them, and its lines, which each of them uses as `#grid`. */
export function timeAxis({ at, ticksMs }: TimeScale): Html {
  const lines = ticksMs.map((ms) => html`<line x1="${at(ms) / 10}%" x2="${at(ms) / 10}%" y1="0" y2="100%"/>`);
  const labels = ticksMs.map(
    (ms, index) =>
      html`<text x="${at(ms) / 10}%" y="14" class="${index === 0 ? 'tick first' : 'tick'}">${inWords(ms)}</text>`,
  );
  return html`<svg class="axis" aria-hidden="true"><defs><g id="grid" class="grid">${lines}</g></defs>${labels}</svg>`;
}

/** The end of what happened in a drill. */
export function lastMomentMs(moments: readonly DrillMoment[]): number {
  return moments.reduce((last, { atMs }) => Math.max(last, atMs), 0);
}

const STRETCHED = '<svg class="bars" viewBox="0 0 1000 32" preserveAspectRatio="none">';

function phasesOf(moments: readonly DrillMoment[]): Phases {
  const first = (what: DrillMoment['what']) => moments.find((moment) => moment.what === what)?.atMs;
  return {
    detectedMs: first('detected'),
    recoveredMs: first('recovered'),
    causeGoneMs: first('cause-gone'),
    restoredMs: first('restored'),
    endMs: lastMomentMs(moments),
  };
}

/** One path, of a tick a place: many uses at nearly the same time are one. */
function ticks(
  what: 'used' | 'failed',
  moments: readonly DrillMoment[],
  { at }: TimeScale,
  y: number,
): Html | false {
  const places = moments.flatMap((moment) =>
    moment.what === what ? 4 * Math.round(at(moment.atMs) / 4) : [],
  );
  const [first, ...others] = [...new Set(places)].toSorted((one, other) => one - other);
  if (first === undefined) return false;
  let last = first;
  let path = `M${first} ${y}v4`;
  for (const x of others) {
    path += `m${x - last}-4v4`;
    last = x;
  }
  return html`<path class="${what}-uses" d="${path}"/>`;
}

function glyph(name: string, atMs: number | undefined, { at }: TimeScale): Html | false {
  if (atMs === undefined) return false;
  const y = name === 'gone' ? 24 : 16;
  return html`<use class="${name}" href="#${name}" x="${at(atMs) / 10}%" y="${y}"/>`;
}
