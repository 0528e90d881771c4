import { setText } from './controls.ts';

/** The quietest level that the meter shows. */
const FLOOR_DBFS = -60;
/** How fast the mark of the highest level falls. */
const PEAK_FALL_DB = 1.2;

/** A level meter from -60 to 0 dBFS, with a mark that falls slowly from the highest level, and at once in silence. */
export class LevelMeter {
  readonly #value: HTMLMeterElement;
  readonly #bar: HTMLElement;
  readonly #label: HTMLElement;
  #highestDbfs = FLOOR_DBFS;

  /** `value` is for screen readers, `bar` and `label` for eyes. */
  constructor(value: HTMLMeterElement, bar: HTMLElement, label: HTMLElement) {
    this.#value = value;
    this.#bar = bar;
    this.#label = label;
  }

  /** Shows a level; call it about 10 times a second. */
  show(levelDbfs: number): void {
    const shownDbfs = Math.min(0, Math.max(FLOOR_DBFS, levelDbfs));
    const fallDb = levelDbfs === Number.NEGATIVE_INFINITY ? -FLOOR_DBFS : PEAK_FALL_DB;
    this.#highestDbfs = Math.max(shownDbfs, this.#highestDbfs - fallDb);
    this.#bar.style.setProperty('--level', toRatio(shownDbfs));
    this.#bar.style.setProperty('--highest', toRatio(this.#highestDbfs));
    this.#value.value = Math.round(shownDbfs);
    setText(this.#label, levelDbfs < FLOOR_DBFS ? 'silent' : `${levelDbfs.toFixed(1)} dBFS`);
  }
}

function toRatio(levelDbfs: number): string {
  return (1 - levelDbfs / FLOOR_DBFS).toFixed(3);
}
